#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

// Slurm's trackable resources as sacct writes them: `cpu=1,gres/gpu:h100=4,mem=2G,node=1`.

namespace sbraid {

/// Name to count; sizes (`mem=2G`, `mem=524288K`) in bytes. Parts that are not understood are left out.
[[nodiscard]] std::map<std::string, std::int64_t> parse_tres(std::string_view text);

/// How many GPUs: `gres/gpu`, or the sum of the typed ones (`gres/gpu:h100`) when the total is not there.
/// nullopt when the text is empty (nothing known), 0 when it names other things only.
[[nodiscard]] std::optional<std::int64_t> gpus_of_tres(std::string_view text);

}  // namespace sbraid

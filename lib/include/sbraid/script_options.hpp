#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sbraid/diagnostic.hpp"

namespace sbraid {

/// An option on an `#SBATCH` line of a batch script.
struct ScriptOption {
    std::string
        name;  ///< the long one, without dashes: `-a` and `--arr` are `array`; as written when unknown
    std::optional<std::string> value;
    Place place;
};

/// What sbatch(1) would read from a batch script.
struct ScriptOptions {
    std::vector<ScriptOption> options;  ///< in order
    std::vector<std::string> lines;     ///< each `#SBATCH` line without that word, trimmed
};

/// Reads the script that is text number `file` of `sources`, like sbatch(1): up to the first line that is
/// neither a comment nor blank; quotes and backslashes as there; `#` starts a comment. Never fails: what
/// sbatch would refuse is left for it to refuse.
[[nodiscard]] ScriptOptions read_script_options(const Sources& sources, std::uint32_t file);

}  // namespace sbraid

#pragma once

#include <optional>
#include <string_view>

namespace sbraid {

/// Slurm's dependency types, by Slurm's names (sbatch(1), --dependency).
enum class EdgeKind { afterok, afterany, afternotok, after, aftercorr };

[[nodiscard]] std::string_view to_string(EdgeKind kind);
[[nodiscard]] std::optional<EdgeKind> parse_edge_kind(std::string_view text);

}  // namespace sbraid

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sbraid {

/// Slurm's dependency types, by Slurm's names (sbatch(1), --dependency).
enum class EdgeKind { afterok, afterany, afternotok, after, aftercorr };

[[nodiscard]] std::string_view to_string(EdgeKind kind);
[[nodiscard]] std::optional<EdgeKind> parse_edge_kind(std::string_view text);

/// Why there is an edge.
enum class EdgeOrigin : std::uint8_t {
    named,  ///< the file says it
    data,   ///< it reads what the other writes
    final,  ///< a [final] task waits for every other
    limit,  ///< somebody else's turn comes first: [limits]
};

[[nodiscard]] std::string_view to_string(EdgeOrigin origin);
[[nodiscard]] std::optional<EdgeOrigin> parse_edge_origin(std::string_view text);

/// How the edges of a job are joined: Slurm's `,` and `?`. One --dependency has one kind of joint.
enum class Join : std::uint8_t {
    all,  ///< every edge must be met
    any,  ///< one is enough
};

}  // namespace sbraid

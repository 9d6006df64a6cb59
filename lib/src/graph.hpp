#pragma once

#include <cstdint>
#include <vector>

namespace sbraid {

/// Nodes 0…n-1; for each, its parents.
using Parents = std::vector<std::vector<std::uint32_t>>;

/// Parents before children; among those that are ready, the smallest number. Nodes on a cycle, and behind
/// one, are left out.
[[nodiscard]] std::vector<std::uint32_t> topological_order(const Parents& parents);

/// One cycle for each group of nodes that wait for each other: a shortest one through the group's smallest
/// node, from which it starts, each node a parent of the next, the last a parent of the first. A node that is
/// its own parent is no group. Ordered by the first node.
[[nodiscard]] std::vector<std::vector<std::uint32_t>> cycles(const Parents& parents);

}  // namespace sbraid

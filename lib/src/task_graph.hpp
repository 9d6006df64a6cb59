#pragma once

#include <vector>

#include "graph.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid {

/// Edges of a workflow, at most: a Slurm job takes some 20,000 ids, and half a GB of edges helps nobody.
inline constexpr std::size_t k_most_edges = 2'000'000;

/// By TaskIndex.
[[nodiscard]] Parents parents_of(const std::vector<Task>& tasks);

/// Parents before children; among the ready ones, file order. Lacks tasks when there is a cycle.
[[nodiscard]] std::vector<TaskIndex> order_of(const Parents& parents);
[[nodiscard]] std::vector<TaskIndex> order_of(const std::vector<Task>& tasks);

}  // namespace sbraid

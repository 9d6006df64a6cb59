#pragma once

#include <string>
#include <vector>

#include "name_index.hpp"
#include "reader.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid {

/// An item of a task's lists, not looked up yet.
struct EdgeText {
    EdgeKind kind = EdgeKind::afterok;
    std::string text;
    Place place;
};

/// What a task says of what it waits for, not looked up yet.
struct NeedsText {
    std::vector<EdgeText> lists;
    std::optional<PlacedText> dependency;  ///< an expression
};

/// Looks up what all tasks wait for and fills their edges and conditions; then checks the graph. A task with
/// `aftercorr` and neither array nor matrix takes its parent's. `texts` has an item for each task. Returns
/// the topological order; it lacks tasks when there is a cycle, which has been reported then.
[[nodiscard]] std::vector<TaskIndex> resolve_edges(Reader& reader, std::vector<Task>& tasks,
                                                   const std::vector<NeedsText>& texts);

/// Edges that must be met besides whatever the task waits for already.
void add_required_edges(Task& task, std::vector<Edge> edges);

/// Parents before children; among the ready ones, file order. Lacks tasks when there is a cycle.
[[nodiscard]] std::vector<TaskIndex> order_of(const std::vector<Task>& tasks);

}  // namespace sbraid

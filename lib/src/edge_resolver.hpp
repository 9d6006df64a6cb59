#pragma once

#include <string>
#include <vector>

#include "composition.hpp"
#include "needs_text.hpp"
#include "reader.hpp"
#include "sbraid/workflow.hpp"
#include "sub_workflow_ends.hpp"

namespace sbraid {

/// Looks up what all tasks wait for and fills their edges and conditions; then checks the graph. A task with
/// `aftercorr` and neither array nor matrix takes its parent's. `texts` has an item for each task, `ranges`
/// one for each unit of the composition: the tasks that it and what is inside of it have. Returns the
/// topological order; it lacks tasks when there is a cycle, which has been reported then.
///
/// What a sub-workflow waits for becomes edges of its tasks (needing_edges()). To wait for one is to wait:
/// afterok: for the success of its last tasks (ends_of()); afternotok: for one of these to fail; afterany:
/// for the end of all its tasks; after: for the start of its first ones.
[[nodiscard]] std::vector<TaskIndex> resolve_edges(Reader& reader, std::vector<Task>& tasks,
                                                   const std::vector<NeedsText>& texts,
                                                   const Composition& composition,
                                                   const std::vector<TaskRange>& ranges);

/// Edges that must be met besides whatever the task waits for already.
void add_required_edges(Task& task, std::vector<Edge> edges);

/// Parents before children; among the ready ones, file order. Lacks tasks when there is a cycle.
[[nodiscard]] std::vector<TaskIndex> order_of(const std::vector<Task>& tasks);

}  // namespace sbraid

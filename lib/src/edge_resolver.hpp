#pragma once

#include <vector>

#include "composed_tasks.hpp"
#include "reader.hpp"

namespace sbraid {

/// Looks up what all tasks wait for and fills their edges and conditions; then checks the graph. A task with
/// `aftercorr` and neither array nor matrix takes its parent's. Returns the topological order; it lacks tasks
/// when there is a cycle, which has been reported then.
///
/// What a sub-workflow waits for becomes edges of its tasks (needing_edges()). To wait for one is to wait:
/// afterok: for the success of its last tasks (ends_of()); afternotok: for one of these to fail; afterany:
/// for the end of all its tasks; after: for the start of its first ones.
[[nodiscard]] std::vector<TaskIndex> resolve_edges(Reader& reader, const ComposedTasks& all);

}  // namespace sbraid

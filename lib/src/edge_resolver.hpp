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

}  // namespace sbraid

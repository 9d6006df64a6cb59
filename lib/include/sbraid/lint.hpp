#pragma once

#include "sbraid/diagnostic.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid {

/// What is allowed in a right workflow, and most likely a mistake: warnings, sorted by place.
///  - a task without an edge in a file that has edges
///  - a partition whose name says GPU, and no GPU asked for
///  - no time limit: one warning for all such tasks
///  - an edge to a task that another parent waits for already
[[nodiscard]] Diagnostics lint(const Workflow& workflow);

}  // namespace sbraid

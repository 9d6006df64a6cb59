#pragma once

#include <string>
#include <vector>

#include "sbraid/diagnostic.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid {

/// The folders that tasks run in because somebody has written them down, in the order of the tasks, each
/// once.
[[nodiscard]] std::vector<std::string> named_workdirs(const Workflow& workflow);

/// A warning for each of `missing` (of named_workdirs()) that some task may find missing too: no task that it
/// waits for writes it, or anything in it. It is said of the first of these tasks.
[[nodiscard]] Diagnostics missing_workdirs(const Workflow& workflow, const std::vector<std::string>& missing);

}  // namespace sbraid

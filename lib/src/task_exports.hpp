#pragma once

#include <string>
#include <string_view>

#include "element_values.hpp"
#include "sbraid/plan.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid {

/// Lines of the shell that set what the task's environment has of its own: `env`, and in a part of a cut
/// array the numbers of the whole. Each line starts with `indent`.
[[nodiscard]] std::string task_exports(const PlannedJob& job, const Task& task, const ElementValues& values,
                                       std::string_view indent);

}  // namespace sbraid

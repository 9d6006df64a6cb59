#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sbraid/workflow.hpp"
#include "task_reference.hpp"

namespace sbraid {

/// The elements of a task that `reference` names by number or by values, ascending. `name`: of the task, for
/// messages. Error (kind invalid): there are none such.
[[nodiscard]] Result<std::vector<std::uint32_t>> elements_named(const Task& task, std::string_view name,
                                                                const TaskReference& reference);

}  // namespace sbraid

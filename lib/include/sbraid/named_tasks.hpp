#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sbraid/plan.hpp"
#include "sbraid/result.hpp"

namespace sbraid {

/// Tasks of a plan, as a person names them.
struct NamedTasks {
    std::vector<std::string> tasks;  ///< in the order of the plan
    std::string element;             ///< what stood in brackets behind the name of a task; empty: nothing
};

/// What `train`, `train[3]`, `prep-*`, `prep/train`, `prep` (all of a sub-workflow), `prep[lr=1e-4]/train`,
/// `prep.0/train` or `prep/*` means in a plan. Whether a task has such an element is not looked at. Error:
/// there is no such task.
[[nodiscard]] Result<NamedTasks> tasks_named(const SubmissionPlan& plan, std::string_view text);

/// The sub-workflow that a task belongs to, with a `/` behind it; empty: to the workflow itself.
[[nodiscard]] std::string_view sub_workflow_of(std::string_view task);

}  // namespace sbraid

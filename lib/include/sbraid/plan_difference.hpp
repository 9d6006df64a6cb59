#pragma once

#include <string>
#include <vector>

#include "sbraid/plan.hpp"

namespace sbraid {

/// A task that is in two plans, and not the same.
struct TaskChange {
    std::string task;
    std::vector<std::string> keys;  ///< of the workflow file, as far as they can be told; sorted
    friend bool operator==(const TaskChange&, const TaskChange&) = default;
};

/// In what the tasks of two plans differ, in the order of the later plan; of tasks that only the earlier one
/// has, in its order. What was submitted, waived and where it stands in the file make no difference.
struct PlanDifference {
    std::vector<TaskChange> changed;
    std::vector<std::string> added, removed;
    [[nodiscard]] bool empty() const { return changed.empty() && added.empty() && removed.empty(); }
};
[[nodiscard]] PlanDifference difference(const SubmissionPlan& before, const SubmissionPlan& after);

/// A line a task: `train: run, time`, `added: plot`, `removed: eval`.
[[nodiscard]] std::vector<std::string> in_lines(const PlanDifference& difference);

}  // namespace sbraid

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sbraid/plan.hpp"
#include "sbraid/result.hpp"

namespace sbraid {

/// A task that the user names on the command line: `train`, one element `train[3]`, `train[lr=1e-4,seed=1]`.
struct NamedTask {
    std::vector<JobIndex> jobs;            ///< more than one: the parts of a task that was cut
    std::optional<std::uint32_t> element;  ///< Slurm's index; then `jobs` is the one job that has it
};

/// Usage error, with "did you mean", when the plan has no such task or the task no such element.
[[nodiscard]] Result<NamedTask> find_task(const SubmissionPlan& plan, std::string_view text);

}  // namespace sbraid

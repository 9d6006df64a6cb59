#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sbraid/plan.hpp"

namespace sbraid {

/// An edge to a task (or a job outside) that a job waits for, itself or through gates.
struct ConditionLeaf {
    const PlannedEdge* edge = nullptr;
    bool any = false;  ///< there are alternatives to it
    std::uint32_t group =
        0;                  ///< from 1: with the leaves of the same number it makes one part of the condition
    bool together = false;  ///< of a group: all of it must be met, and the group is the alternative
};

/// What the job waits for, in the order of its edges; the gates between are looked through. What is nested
/// more than one level deep counts to the outermost group.
[[nodiscard]] std::vector<ConditionLeaf> condition_leaves(const SubmissionPlan& plan, const PlannedJob& job);

/// The whole condition in Slurm's grammar with the names of tasks and with parentheses:
/// `afterok:a,(afterok:b?afterany:c)`. Empty where there are no parentheses to set.
[[nodiscard]] std::string mixed_condition(const SubmissionPlan& plan, const PlannedJob& job);

}  // namespace sbraid

#pragma once

#include <string>
#include <vector>

#include "sbraid/plan.hpp"
#include "sbraid/plan_difference.hpp"
#include "sbraid/resume_choice.hpp"
#include "sbraid/run_state.hpp"

namespace sbraid {

/// The plan of an edited file as that of a run that goes on.
struct EditedPlan {
    /// Of the revision before, still: jobs have what was submitted of those of the same name. What the file
    /// no longer has and has ended well stays, in front of all others.
    SubmissionPlan plan;
    /// What has no past to go on from: added tasks, arrays of other elements, gates of other conditions.
    std::vector<JobIndex> renewed;
};
/// `after`: what plan() makes of the file now.
[[nodiscard]] EditedPlan take_edits(const SubmissionPlan& before, const RunState& state,
                                    SubmissionPlan after);

/// What Slurm has said of elements beyond the records (that they run), taken from the state of the plan
/// before.
void carry_over(const SubmissionPlan& before, const RunState& state_before, const SubmissionPlan& plan,
                RunState& state);

/// Why the edits cannot be taken with that choice, a line each; empty: they can. Changed and not submitted
/// anew is only what never will be, or did not end well; removed is nothing that is in the queue. `state` is
/// of the edited plan, `before` and `state_before` of the one before.
[[nodiscard]] std::vector<std::string> refused_edits(const PlanDifference& edits, const EditedPlan& edited,
                                                     const RunState& state, const ResumeChoice& choice,
                                                     const SubmissionPlan& before,
                                                     const RunState& state_before);

}  // namespace sbraid

#pragma once

#include <variant>
#include <vector>

#include "sbraid/plan.hpp"
#include "sbraid/run_state.hpp"

namespace sbraid {

/// What is to be done next, decided from the plan and the state alone. The submitter carries them out through
/// a Backend.
struct Submit {
    JobIndex job;
    Submission how;
};
struct Cancel {
    JobIndex job;
    JobKey key;
    std::string why;
};
struct Release {
    std::vector<JobId> ids;
};
struct Skip {
    JobIndex job;
    std::string why;
};
using Action = std::variant<Submit, Cancel, Release, Skip>;

/// The jobs that can be submitted now, in file order of a topological level: all parents are in (or ended and
/// judged). Empty when nothing is left to submit. Call again with the state that their outcomes made.
[[nodiscard]] std::vector<Action> next_actions(const SubmissionPlan& plan, const RunState& state);

/// After the last submission: what was held by us and is to be released, in order of the remaining path.
[[nodiscard]] std::vector<JobId> to_release(const SubmissionPlan& plan, const RunState& state);

/// Everything of the run that is still in the queue, children before parents, for a rollback or a cancel.
[[nodiscard]] std::vector<Cancel> cancel_all(const SubmissionPlan& plan, const RunState& state,
                                             std::string why);

}  // namespace sbraid

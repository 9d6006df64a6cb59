#include <fmt/format.h>

#include <algorithm>

#include "new_run.hpp"
#include "submitter.hpp"

// A revision of the plan is durable before it is said in the state file that it counts; a crash between the
// two leaves a plan that is the intent all the same, and the next `resume` says so first. Only then are jobs
// cancelled that it supersedes, as whatever else Slurm has beyond the records: adopt().

namespace sbraid {

using Done = tl::expected<void, Failure>;

Done Submitter::revise(SubmissionPlan next, const WorkflowFile* edited) {
    auto written = write_revision(*run_, next, edited);
    if (!written) {
        auto error = std::move(written.error());
        error.hint = fmt::format("nothing was submitted; make room in '{}', then do it again", run_->dir);
        return fail(std::move(error));
    }
    run_->plan = std::move(next);
    if (auto done = begin_revision(); !done) return done;
    if (auto read = reload_state(*run_); !read) return fail(read.error());
    return adopt();
}

Done Submitter::begin_revision() {
    const bool is_begun =
        std::any_of(run_->records.begin(), run_->records.end(), [this](const Record& record) {
            const auto* const revised = std::get_if<PlanRevised>(&record.event);
            return revised != nullptr && revised->revision >= run_->plan.revision;
        });
    if (run_->plan.revision == 1 || is_begun) return {};
    if (auto done = record(PlanRevised{run_->plan.revision}); !done) return done;
    return sync();
}

}  // namespace sbraid

// The phase of a run, from what is in and what has ended.

#include <algorithm>

#include "job_record.hpp"
#include "sbraid/run_state.hpp"

namespace sbraid {
namespace {

struct Tally {
    bool all_in = true;     // or will never be submitted
    bool any_held = false;  // by us
    bool any_in_queue = false;
    bool all_ended = true;
    bool failed = false;
    bool cancelled = false;
};

void count(Tally& tally, const PlannedJob& job, const JobRecord& record) {
    const bool is_in = record.current.has_value() && !was_taken_back(record);
    const bool ended = has_ended(record);
    const bool is_over = ended || !record.skipped.empty();
    tally.all_in = tally.all_in && (is_in || (!record.current && is_over) || is_done_without(job, record));
    tally.any_held = tally.any_held || is_held_by_us(job, record);
    tally.any_in_queue = tally.any_in_queue || (is_in && !record.cancelled && !ended);
    if (job.role == JobRole::notifier) return;  // it comes behind the end
    tally.all_ended = tally.all_ended && is_over;
    for (const ElementState& element : record.elements) {
        if (!element.final) continue;
        const JobState state = element.status.state;
        tally.cancelled =
            tally.cancelled || (state == JobState::cancelled && !was_closed(job, record, element));
        tally.failed = tally.failed || (state != JobState::cancelled && is_failure(state));
    }
}

}  // namespace

std::string_view to_string(RunPhase phase) {
    switch (phase) {
        case RunPhase::submitting:
            return "submitting";
        case RunPhase::partial:
            return "partial";
        case RunPhase::running:
            return "running";
        case RunPhase::succeeded:
            return "succeeded";
        case RunPhase::failed:
            return "failed";
        case RunPhase::cancelled:
            return "cancelled";
    }
    return "";
}

bool has_ended(RunPhase phase) {
    switch (phase) {
        case RunPhase::succeeded:
        case RunPhase::failed:
        case RunPhase::cancelled:
            return true;
        case RunPhase::submitting:
        case RunPhase::partial:
        case RunPhase::running:
            return false;
    }
    return false;
}

RunPhase phase(const RunState& state, const SubmissionPlan& plan, bool being_submitted) {
    Tally tally;
    for (std::size_t i = 0; i < plan.jobs.size(); ++i) {
        static const JobRecord k_nothing;
        count(tally, plan.jobs[i], i < state.jobs.size() ? state.jobs[i] : k_nothing);
    }
    if (!tally.all_in || (tally.any_held && !state.submitted)) {
        if (being_submitted) return RunPhase::submitting;
        // An empty queue is not enough: after a crash a job may be in that no record names.
        return state.taken_back && !tally.any_in_queue ? RunPhase::cancelled : RunPhase::partial;
    }
    if (!tally.all_ended) return RunPhase::running;
    return tally.failed ? RunPhase::failed : tally.cancelled ? RunPhase::cancelled : RunPhase::succeeded;
}

}  // namespace sbraid

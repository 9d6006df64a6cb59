// What Slurm says now, taken into the state, and what our own records say where Slurm has nothing to say.

#include <algorithm>

#include "run_state.hpp"

namespace sbraid {
namespace {

/// The newer word; what it leaves out is kept.
void take(ElementState& element, const JobStatus& said, Timestamp now) {
    JobStatus status = said;
    const JobStatus& known = element.status;
    status.key = known.key.job.value == 0 ? JobKey{said.key.job, element.element} : known.key;
    if (!status.submit) status.submit = known.submit;
    if (!status.start && status.state != JobState::pending) status.start = known.start;
    if (status.nodes.empty() && status.state != JobState::pending) status.nodes = known.nodes;
    if (status.cluster.empty()) status.cluster = known.cluster;
    if (status.raw.value == 0) status.raw = known.raw;
    element.status = std::move(status);
    element.heard = std::max(element.heard, now);
    element.why.clear();
    // A job that waits, or was cancelled unstarted, has begun only the attempts before its restarts.
    const bool has_begun = element.status.state != JobState::pending && run_state::has_started(element);
    element.attempts = std::max(element.attempts, element.status.restarts + (has_begun ? 1 : 0));
}

}  // namespace

std::vector<ElementEnded> observe(RunState& state, const SubmissionPlan& plan,
                                  const std::vector<JobStatus>& statuses, Timestamp now) {
    run_state::prepare(state, plan);
    std::vector<std::pair<std::uint32_t, ElementState*>> touched;
    for (const JobStatus& status : statuses) {
        const auto job = run_state::find_job(state, status.key.job);
        if (!job) continue;
        for (ElementState* element : run_state::elements_of(state.jobs[*job], status.key)) {
            if (element->final) continue;
            take(*element, status, now);
            touched.emplace_back(*job, element);
        }
        // Only a release lets a held job get this far; ours was not recorded then.
        JobRecord& record = state.jobs[*job];
        const bool is_current = record.current && record.current->id == status.key.job;
        if (is_current && status.state != JobState::pending && !is_terminal(status.state))
            record.released = true;
    }
    std::vector<ElementEnded> ended;
    for (const auto& [job, element] : touched) {
        if (element->final || !is_terminal(element->status.state)) continue;
        element->final = true;
        ended.push_back({plan.jobs[job].name(), element->status});
    }
    return ended;
}

std::vector<ElementEnded> observe_missing(RunState& state, const SubmissionPlan& plan,
                                          const std::vector<JobKey>& missing, bool accounting,
                                          Timestamp now) {
    run_state::prepare(state, plan);
    std::vector<ElementEnded> ended;
    for (const JobKey& key : missing) {
        const auto job = run_state::find_job(state, key.job);
        if (!job) continue;
        for (ElementState* element : run_state::elements_of(state.jobs[*job], key)) {
            if (element->final) continue;
            const bool silent = element->heard + k_silence <= now;
            const bool sure = silent || !accounting;
            JobStatus& status = element->status;
            if (element->own_exit_code && sure) {
                status.state = *element->own_exit_code == 0 ? JobState::completed : JobState::failed;
                status.exit_code = *element->own_exit_code;
                element->why = status.state == JobState::completed
                                   ? ""
                                   : "by the word of its batch script; Slurm has forgotten it";
            } else if (element->cancelled && (sure || !run_state::has_started(*element))) {
                status.state = JobState::cancelled;
            } else if (silent) {
                status.state = JobState::lost;
                element->why = "neither squeue nor sacct knows it";
            } else {
                continue;
            }
            status.raw_state = to_string(status.state);
            element->final = true;
            if (status.state != JobState::lost) ended.push_back({plan.jobs[*job].name(), status});
        }
    }
    return ended;
}

}  // namespace sbraid

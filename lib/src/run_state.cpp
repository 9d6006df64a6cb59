// The fold. Each kind of event changes the state in one function, and every one of them may come twice or in
// another order than it was said, because records of many hosts are merged by clocks that differ: a
// submission counts by its number, an attempt by its restart count, and what nodes say of a job is kept only
// once the submitter has said that the job is ours.

#include "run_state.hpp"

#include <algorithm>
#include <functional>
#include <type_traits>

namespace sbraid {
namespace run_state {
namespace {

ElementState fresh_element(std::optional<std::uint32_t> index) {
    ElementState element;
    element.element = index;
    element.status.state = JobState::unsubmitted;
    return element;
}

std::vector<ElementState> fresh_elements(const PlannedJob& job) {
    if (!job.array) return {fresh_element({})};
    std::vector<ElementState> elements;
    for (const std::uint32_t index : job.array->indexes()) elements.push_back(fresh_element(index));
    return elements;
}

bool is_in(const Resubmission* again, const ElementState& element) {
    return again == nullptr || !again->elements ||
           (element.element && again->elements->contains(*element.element));
}

/// Those that `again` is of (all without one) are as if nothing had been heard of them.
void begin_anew(JobRecord& record, const Resubmission* again) {
    for (ElementState& element : record.elements)
        if (is_in(again, element)) element = fresh_element(element.element);
}

}  // namespace

void prepare(RunState& state, const SubmissionPlan& plan) {
    if (!state.index.jobs.empty() || plan.jobs.empty()) return;
    state.jobs.resize(plan.jobs.size());
    for (std::uint32_t i = 0; i < plan.jobs.size(); ++i) {
        JobRecord& record = state.jobs[i];
        if (record.elements.empty()) record.elements = fresh_elements(plan.jobs[i]);
        if (record.current) state.index.job_ids.emplace(record.current->id.value, i);
        if (record.taken_back) ++state.index.rolled_back;
        state.index.jobs.emplace(plan.jobs[i].name(), i);
    }
}

std::optional<std::uint32_t> find_job(const RunState& state, JobId id) {
    const auto found = state.index.job_ids.find(id.value);
    return found == state.index.job_ids.end() ? std::nullopt : std::optional{found->second};
}

std::vector<ElementState*> elements_of(JobRecord& record, const JobKey& key) {
    const auto is_of_job = [&key](const ElementState& element) { return element.status.key.job == key.job; };
    std::vector<ElementState*> elements;
    if (!key.element) {
        for (ElementState& element : record.elements)
            if (is_of_job(element)) elements.push_back(&element);
        return elements;
    }
    const auto found =
        std::lower_bound(record.elements.begin(), record.elements.end(), key.element,
                         [](const ElementState& element, const std::optional<std::uint32_t>& wanted) {
                             return element.element < wanted;
                         });
    if (found != record.elements.end() && found->element == key.element && is_of_job(*found))
        elements.push_back(&*found);
    return elements;
}

bool has_started(const ElementState& element) {
    // A job that Slurm cancels in the queue gets a start (= its end) in the accounting, but no node.
    const std::string& nodes = element.status.nodes;
    return element.attempts > 0 || (!nodes.empty() && nodes != "None assigned" && nodes != "(null)");
}

}  // namespace run_state

namespace {

using run_state::begin_anew;
using run_state::elements_of;
using run_state::find_job;
using run_state::is_in;

std::size_t hash_of(const StepKey& where, std::uint32_t rank) {
    std::size_t hash = std::hash<std::string>{}(where.node);
    for (const std::size_t part :
         {std::hash<std::string>{}(where.step), std::size_t{where.key.job.value},
          std::size_t{where.key.element.value_or(0)}, std::size_t{where.restart}, std::size_t{rank}}) {
        hash = (hash ^ part) * 0x9E3779B97F4A7C15U;
    }
    return hash;
}

class Fold {
  public:
    Fold(RunState& state, const SubmissionPlan& plan, Timestamp time)
        : state_(state), plan_(plan), time_(time) {}

    void operator()(const RunCreated& event) {
        if (state_.created) return;
        state_.created = event;
        state_.created_at = time_;
    }

    void operator()(const JobSubmitted& event) {
        const auto job = find(event.job);
        if (!job) return;
        JobRecord& record = state_.jobs[*job];
        record.submissions = std::max(record.submissions, event.number);
        if (!is_newer(plan_.jobs[*job], record, event)) {
            state_.index.job_ids.try_emplace(event.id.value, *job);
            return;
        }
        // slurmctld may have begun anew with its ids: of two tasks with one the later submission has it.
        state_.index.job_ids.insert_or_assign(event.id.value, *job);
        if (record.taken_back) --state_.index.rolled_back;
        record.taken_back = false;
        record.current = event;
        record.submitted_at = time_;
        record.released = !event.held;
        record.cancelled = false;
        record.cancelled_why.clear();
        record.refused.clear();
        record.skipped.clear();
        const Resubmission* const again = plan_.jobs[*job].resubmission(event.number);
        begin_anew(record, again);
        for (ElementState& element : record.elements) {
            if (!is_in(again, element)) continue;
            element.status.key = {event.id, element.element};
            element.status.cluster = event.cluster;
            element.status.state = JobState::pending;
            element.status.submit = time_;
            element.heard = time_;
        }
        if (state_.submitted) ++state_.round;
        state_.submitted = false;
        state_.taken_back = false;
        state_.rolled_back = state_.index.rolled_back > 0;
    }

    void operator()(const JobRefused& event) {
        const auto job = find(event.job);
        if (!job) return;
        JobRecord& record = state_.jobs[*job];
        record.submissions = std::max(record.submissions, event.number);
        if (!record.current || record.current->number < event.number) record.refused = event.message;
        state_.submitted = false;
    }

    void operator()(const JobsReleased& event) {
        for (const JobId id : event.ids) {
            if (const auto job = find_job(state_, id); job && is_current(state_.jobs[*job], id))
                state_.jobs[*job].released = true;
        }
    }

    void operator()(const PlanRevised& event) {
        if (event.revision <= state_.revision) return;
        state_.revision = event.revision;
        for (std::uint32_t i = 0; i < plan_.jobs.size(); ++i)
            for (const Resubmission& again : plan_.jobs[i].again)
                if (again.revision == event.revision) ask_for(state_.jobs[i], again);
        if (state_.submitted) ++state_.round;
        state_.submitted = false;
        state_.taken_back = false;
        state_.rolled_back = state_.index.rolled_back > 0;
    }

    void operator()(const RunSubmitted& /*event*/) {
        state_.submitted = true;
        // What a rollback had meant to cancel and did not lives on.
        if (state_.index.rolled_back == 0) return;
        for (JobRecord& record : state_.jobs) record.taken_back = false;
        state_.index.rolled_back = 0;
        state_.rolled_back = false;
    }

    void operator()(const RollbackStarted& /*event*/) {
        for (JobRecord& record : state_.jobs) {
            if (record.current && !record.cancelled) take_back(record);
        }
        state_.submitted = false;
        state_.taken_back = false;
        state_.rolled_back = state_.index.rolled_back > 0;
    }

    void operator()(const RunTakenBack& /*event*/) { state_.taken_back = true; }

    void operator()(const WebhookAnswered& event) { state_.answered.push_back(event); }

    void operator()(const JobCancelled& event) {
        const auto job = job_of(event.job, event.key.job);
        if (!job) return;
        JobRecord& record = state_.jobs[*job];
        const bool is_whole = !event.key.element && is_current(record, event.key.job);
        const bool is_rollback = event.why == "rollback" && is_whole;
        const bool is_dead = event.why == "dead-dependency";
        if (is_rollback) take_back(record);
        if (is_whole) {
            record.cancelled = true;
            record.cancelled_why = event.why;
        }
        state_.rolled_back = state_.index.rolled_back > 0;
        for (ElementState* element : elements_of(record, event.key)) {
            heard(*element);
            if (!is_dead) element->cancelled = true;
            // Otherwise it may be running: Slurm says when it is over.
            if (element->final || (!is_rollback && !is_dead)) continue;
            element->final = true;
            element->status.state = is_dead ? JobState::skipped : JobState::cancelled;
            if (is_dead) element->why = "its dependency can never be met";
        }
    }

    void operator()(const JobSkipped& event) {
        const auto job = find(event.job);
        if (!job || state_.jobs[*job].current) return;
        JobRecord& record = state_.jobs[*job];
        record.skipped = event.why;
        for (ElementState& element : record.elements) {
            if (element.status.key.job.value != 0) continue;  // of an earlier job, which has ended
            element.status.state = JobState::skipped;
            element.why = event.why;
            element.final = true;
        }
    }

    void operator()(const ElementEnded& event) {
        const auto job = job_of(event.job, event.status.key.job);
        if (!job) return;
        for (ElementState* element : elements_of(state_.jobs[*job], event.status.key)) {
            const JobKey key = element->status.key;
            if (element->final) continue;
            element->status = event.status;
            element->status.key = key;
            element->final = true;
        }
    }

    void operator()(const AttemptStarted& event) {
        for (ElementState* element : attempted(event.job, event.key)) {
            heard(*element);
            if (!is_newer_attempt(*element, event.restart, event.repeats)) continue;
            element->attempts = event.restart + 1;
            element->repeats = event.repeats;
            element->own_exit_code.reset();
            element->own_why.clear();
            element->again_after.reset();
            if (element->final) continue;
            element->status.state = JobState::running;
            element->status.start = time_;
            element->status.end.reset();
            element->status.exit_code.reset();
            element->status.nodes = event.node;
            element->status.restarts = event.restart;
        }
    }

    void operator()(const AttemptEnded& event) {
        for (ElementState* element : attempted(event.job, event.key)) {
            heard(*element);
            if (event.restart + 1 < element->attempts || event.repeats < element->repeats) continue;
            element->attempts = event.restart + 1;
            element->repeats = event.repeats;
            element->own_exit_code = event.again ? std::nullopt : std::optional{event.exit_code};
            element->own_why = event.again ? std::string{} : event.why;
            element->again_after = event.again ? std::optional{event.exit_code} : std::nullopt;
            if (element->final) continue;
            element->status.end = time_;
            element->status.exit_code = element->own_exit_code;
            element->status.state = event.again            ? JobState::requeued
                                    : event.exit_code == 0 ? JobState::completed
                                                           : JobState::failed;
        }
    }

    void operator()(const StepStarted& event) {
        if (is_ours(event.where)) state_.steps.push_back(event);
    }
    void operator()(const StepEnded& event) {
        if (is_ours(event.where)) state_.steps_ended.push_back(event);
    }
    void operator()(const GpuUsed& event) {
        if (is_ours(event.where)) state_.gpus.push_back(event);
    }
    void operator()(const RankStarted& event) {
        if (is_ours(event.where)) rank(event.where, event.rank).start = time_;
    }
    void operator()(const RankEnded& event) {
        if (!is_ours(event.where)) return;
        RankState& known = rank(event.where, event.rank);
        known.end = time_;
        known.ended = event;
    }

  private:
    static bool is_newer_attempt(const ElementState& known, std::uint32_t restart, std::uint32_t repeats) {
        return restart + 1 > known.attempts || (restart + 1 == known.attempts && repeats > known.repeats);
    }
    void heard(ElementState& element) const { element.heard = std::max(element.heard, time_); }
    /// What was submitted of it before, or was never to be, counts no longer.
    void ask_for(JobRecord& record, const Resubmission& again) {
        if (record.current && record.current->number >= again.number) return;
        if (record.taken_back) --state_.index.rolled_back;
        record.taken_back = false;
        record.current.reset();
        record.submitted_at.reset();
        record.released = false;
        record.cancelled = false;
        record.cancelled_why.clear();
        record.refused.clear();
        record.skipped.clear();
        begin_anew(record, &again);
    }
    static bool is_current(const JobRecord& record, JobId id) {
        return record.current && record.current->id == id;
    }
    void take_back(JobRecord& record) {
        if (!record.taken_back) ++state_.index.rolled_back;
        record.taken_back = true;
    }
    [[nodiscard]] std::optional<std::uint32_t> find(const std::string& job) const {
        const auto found = state_.index.jobs.find(job);
        return found == state_.index.jobs.end() ? std::nullopt : std::optional{found->second};
    }
    /// The job of that name, else the one that has the id; elements_of() knows which of its elements do.
    [[nodiscard]] std::optional<std::uint32_t> job_of(const std::string& name, JobId id) const {
        const auto job = find(name);
        return job ? job : find_job(state_, id);
    }
    /// Whether it counts from now on.
    [[nodiscard]] bool is_newer(const PlannedJob& job, const JobRecord& record,
                                const JobSubmitted& event) const {
        for (const Resubmission& again : job.again)
            if (again.revision <= state_.revision && event.number < again.number) return false;
        if (!record.current || event.number > record.current->number) return true;
        const bool was_duplicate = record.cancelled && record.cancelled_why == "duplicate";
        return event.number == record.current->number && was_duplicate;
    }
    [[nodiscard]] bool is_ours(const StepKey& where) const {
        return state_.index.job_ids.contains(where.key.job.value);
    }
    /// What an attempt is of; it has started, so it is held no longer.
    std::vector<ElementState*> attempted(const std::string& name, const JobKey& key) {
        const auto job = job_of(name, key.job);
        if (!job) return {};
        JobRecord& record = state_.jobs[*job];
        if (is_current(record, key.job)) record.released = true;
        return elements_of(record, key);
    }
    RankState& rank(const StepKey& where, std::uint32_t number) {
        const std::size_t hash = hash_of(where, number);
        const auto [first, last] = state_.index.ranks.equal_range(hash);
        for (auto found = first; found != last; ++found) {
            RankState& known = state_.ranks[found->second];
            if (known.rank == number && known.where == where) return known;
        }
        state_.index.ranks.emplace(hash, state_.ranks.size());
        state_.ranks.push_back({where, number, {}, {}, {}});
        return state_.ranks.back();
    }

    RunState& state_;
    const SubmissionPlan& plan_;
    Timestamp time_;
};

/// Whether the submitter said it, and not a node or Slurm about a job that the submitter must have named
/// first.
bool is_of_submission(const Event& event) {
    return std::visit(
        [](const auto& one) {
            using E = std::decay_t<decltype(one)>;
            return std::is_same_v<E, RunCreated> || std::is_same_v<E, JobSubmitted> ||
                   std::is_same_v<E, JobRefused> || std::is_same_v<E, JobsReleased> ||
                   std::is_same_v<E, RunSubmitted> || std::is_same_v<E, JobCancelled> ||
                   std::is_same_v<E, JobSkipped> || std::is_same_v<E, RollbackStarted> ||
                   std::is_same_v<E, RunTakenBack> || std::is_same_v<E, PlanRevised>;
        },
        event);
}

}  // namespace

void apply(RunState& state, const SubmissionPlan& plan, const Record& record) {
    run_state::prepare(state, plan);
    std::visit(Fold{state, plan, record.time}, record.event);
}

Timestamp next_time(const RunState& state, Timestamp now) {
    return std::max(now, state.said_until + std::chrono::milliseconds{1});
}

RunState replay(const SubmissionPlan& plan, const std::vector<Record>& records) {
    RunState state;
    run_state::prepare(state, plan);
    for (const bool of_submission : {true, false}) {
        for (const Record& record : records) {
            if (is_of_submission(record.event) != of_submission) continue;
            if (of_submission) state.said_until = std::max(state.said_until, record.time);
            apply(state, plan, record);
        }
        // A plan that is there is the intent, also when its record was not written any more.
        if (of_submission && plan.revision > state.revision)
            apply(state, plan, {{}, 0, state.said_until, PlanRevised{plan.revision}});
    }
    run_state::mark_ended_dead(state, plan);
    return state;
}

}  // namespace sbraid

#include "refresh.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "sbraid/action.hpp"

// squeue first: it is cheap and knows all that is alive and what has ended in the last minutes. Only jobs
// that it no longer lists and whose end we have not heard are looked up in the accounting. Of several records
// of one element (requeues) the last by submit time counts; older jobs with the same id, from before the ids
// wrapped around, are told apart by it too.

namespace sbraid {

namespace {

constexpr std::chrono::seconds k_clock_grace{120};  ///< between our clock and slurmctld's

std::vector<JobId> unfinished(const Run& run) {
    std::vector<JobId> ids;
    for (const auto& job : run.state.jobs) {
        const bool open = std::any_of(job.elements.begin(), job.elements.end(),
                                      [](const ElementState& element) { return !element.final; });
        if (job.current && open) ids.push_back(job.current->id);
    }
    return ids;
}

/// Unfinished jobs with an element that is not in the answer of squeue.
std::vector<JobId> gone(const Run& run, const std::vector<JobStatus>& statuses) {
    std::set<JobKey> alive;
    for (const auto& status : statuses) alive.insert(status.key);
    std::vector<JobId> ids;
    for (const auto& job : run.state.jobs) {
        if (!job.current) continue;
        const bool missing =
            std::any_of(job.elements.begin(), job.elements.end(), [&](const ElementState& element) {
                return !element.final && !alive.contains(JobKey{job.current->id, element.element});
            });
        if (missing) ids.push_back(job.current->id);
    }
    return ids;
}

std::vector<JobStatus> last_words(const Run& run, const std::vector<SacctRow>& rows) {
    std::map<JobId, Timestamp> submitted;
    for (const auto& job : run.state.jobs) {
        if (job.current && job.submitted_at) submitted[job.current->id] = *job.submitted_at - k_clock_grace;
    }
    std::map<JobKey, JobStatus> last;
    for (const auto& row : rows) {
        if (!row.step.empty()) continue;
        const auto ours = submitted.find(row.status.key.job);
        if (ours != submitted.end() && row.status.submit && *row.status.submit < ours->second) continue;
        auto& known = last[row.status.key];
        if (!known.submit || (row.status.submit && *known.submit <= *row.status.submit)) known = row.status;
    }
    std::vector<JobStatus> result;
    result.reserve(last.size());
    for (auto& [key, status] : last) result.push_back(std::move(status));
    return result;
}

void note(const App& app, Run& run, Journal* journal, const std::vector<JobStatus>& statuses) {
    for (auto& ended : observe(run.state, run.plan, statuses)) {
        if (journal == nullptr) continue;
        if (auto stored = journal->append(ended, app.clock.now()); !stored) {
            app.say_more(
                fmt::format("the end of '{}' could not be recorded: {}", ended.job, stored.error().message));
        }
    }
}

void cancel_dead(const App& app, Run& run, Backend& backend, Journal* journal) {
    std::vector<JobKey> keys;
    std::vector<JobCancelled> events;
    for (const auto index : find_dead(run.state, run.plan)) {
        const auto& record = run.state.jobs.at(index.value);
        if (!record.current) continue;
        const JobKey key{.job = record.current->id, .element = {}};
        keys.push_back(key);
        events.push_back({.job = run.plan.jobs.at(index.value).name(), .key = key, .why = "dead-dependency"});
    }
    if (keys.empty() || journal == nullptr) return;
    if (auto done = backend.cancel(keys); !done) {
        app.say_more(fmt::format("{} jobs that can never run could not be cancelled: {}", keys.size(),
                                 done.error().message));
        return;
    }
    for (const auto& event : events)
        std::ignore = journal->append(event, app.clock.now());  // the next refresh sees it
}

}  // namespace

Refreshed refresh(const App& app, Run& run, Backend& backend, Journal* journal) {
    Refreshed result;
    const auto ids = unfinished(run);
    if (!ids.empty()) {
        auto statuses = backend.query(ids);
        if (!statuses) return {.stale = true, .trouble = statuses.error().message};
        note(app, run, journal, *statuses);
        const auto missing = gone(run, *statuses);
        if (!missing.empty()) {
            const auto since = run.state.created_at.value_or(app.clock.now() - std::chrono::hours(24));
            auto rows = backend.account(missing, since);
            if (rows) {
                if (*rows) note(app, run, journal, last_words(run, **rows));
            } else {
                result.trouble = rows.error().message;
            }
        }
    }
    cancel_dead(app, run, backend, journal);
    return result;
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

}  // namespace sbraid

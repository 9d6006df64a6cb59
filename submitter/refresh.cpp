#include "refresh.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "sbraid/action.hpp"

// squeue first: it is cheap and knows all that is alive and what has ended in the last minutes. Only jobs
// that it no longer lists and whose end we have not heard are looked up in the accounting. Of several records
// of one element (requeues) the last by submit time counts; older jobs with the same id, from before the ids
// wrapped around, are told apart by it too. Accounting may be late or wrong: a row that is not terminal, of a
// job that the controller does not know, says nothing (a runaway job), and a row of an earlier attempt is not
// the last word on an element that has begun another one since.

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

/// Unfinished elements that none of the answers is about.
std::set<JobKey> missing_from(const Run& run, const std::vector<JobStatus>& statuses) {
    std::set<JobKey> known;
    for (const auto& status : statuses) known.insert(status.key);
    std::set<JobKey> missing;
    for (const auto& job : run.state.jobs) {
        if (!job.current || known.contains(JobKey{.job = job.current->id, .element = {}})) continue;
        for (const auto& element : job.elements) {
            const JobKey key{.job = job.current->id, .element = element.element};
            if (!element.final && !known.contains(key)) missing.insert(key);
        }
    }
    return missing;
}

std::vector<JobId> jobs_of(const std::set<JobKey>& keys) {
    std::set<JobId> ids;
    for (const auto& key : keys) ids.insert(key.job);
    return {ids.begin(), ids.end()};
}

/// The newest row of an element, and how many it has.
struct LastRow {
    JobStatus status;
    std::uint32_t rows = 0;
};

std::map<JobKey, LastRow> last_rows(const Run& run, const std::vector<SacctRow>& rows) {
    std::map<JobId, Timestamp> submitted;
    for (const auto& job : run.state.jobs) {
        if (job.current && job.submitted_at) submitted[job.current->id] = *job.submitted_at - k_clock_grace;
    }
    std::map<JobKey, LastRow> last;
    for (const auto& row : rows) {
        if (!row.step.empty()) continue;
        const auto ours = submitted.find(row.status.key.job);
        if (ours != submitted.end() && row.status.submit && *row.status.submit < ours->second) continue;
        auto& [known, count] = last[row.status.key];
        ++count;
        if (!known.submit || (row.status.submit && *known.submit <= *row.status.submit)) known = row.status;
    }
    return last;
}

/// Accounting has a row for each attempt. With fewer of them the last one is of an earlier attempt, unless it
/// ended after the last attempt began (a requeue within the second of the submission leaves one row for two).
bool is_outdated(const LastRow& last, const ElementState& element) {
    constexpr std::chrono::seconds k_slack{5};  // sacct's times are whole seconds, of another clock than ours
    if (last.rows >= element.attempts) return false;
    const auto& begun = element.status.start;
    return !begun || !last.status.end || *last.status.end + k_slack < *begun;
}

std::vector<JobStatus> last_words(const Run& run, const std::vector<SacctRow>& rows) {
    auto last = last_rows(run, rows);
    for (const auto& job : run.state.jobs) {
        if (!job.current) continue;
        for (const auto& element : job.elements) {
            const auto found = last.find(JobKey{.job = job.current->id, .element = element.element});
            if (found != last.end() && is_outdated(found->second, element)) last.erase(found);
        }
    }
    std::vector<JobStatus> result;
    for (auto& [key, row] : last) {
        if (is_terminal(row.status.state)) result.push_back(std::move(row.status));
    }
    return result;
}

void record(const App& app, Journal* journal, const std::vector<ElementEnded>& events) {
    if (journal == nullptr) return;
    for (const auto& ended : events) {
        if (auto stored = journal->append(ended, app.clock.now()); !stored) {
            app.say_more(
                fmt::format("the end of '{}' could not be recorded: {}", ended.job, stored.error().message));
        }
    }
}

/// What squeue no longer lists. Returns why the accounting could not be asked; empty: it could, or is off.
std::string ask_accounting(const App& app, Run& run, Backend& backend, Journal* journal,
                           const std::set<JobKey>& forgotten) {
    const auto now = app.clock.now();
    const auto since = run.state.created_at.value_or(now - std::chrono::hours(24));
    auto rows = backend.account(jobs_of(forgotten), since);
    if (!rows) return rows.error().message;
    const bool accounting = rows->has_value();
    if (accounting) record(app, journal, observe(run.state, run.plan, last_words(run, **rows), now));
    std::vector<JobKey> unknown;
    for (const auto& key : missing_from(run, {})) {
        if (forgotten.contains(key)) unknown.push_back(key);
    }
    record(app, journal, observe_missing(run.state, run.plan, unknown, accounting, now));
    return {};
}

void cancel_dead(const App& app, Run& run, Backend& backend, Journal* journal) {
    const auto dead = find_dead_keys(run.state, run.plan);
    if (dead.empty() || journal == nullptr) return;
    std::vector<JobKey> keys;
    keys.reserve(dead.size());
    for (const auto& one : dead) keys.push_back(one.key);
    if (auto done = backend.cancel(keys); !done) {
        app.say_more(fmt::format("{} jobs that can never run could not be cancelled: {}", keys.size(),
                                 done.error().message));
        return;
    }
    for (const auto& one : dead) {
        std::ignore = journal->append(
            JobCancelled{
                .job = run.plan.jobs.at(one.job.value).name(), .key = one.key, .why = "dead-dependency"},
            app.clock.now());  // lost, the next refresh says it again
    }
}

}  // namespace

Refreshed refresh(const App& app, Run& run, Backend& backend, Journal* journal) {
    Refreshed result;
    const auto ids = unfinished(run);
    if (!ids.empty()) {
        auto statuses = backend.query(ids);
        if (!statuses) return {.stale = true, .trouble = statuses.error().message};
        record(app, journal, observe(run.state, run.plan, *statuses, app.clock.now()));
        const auto forgotten = missing_from(run, *statuses);
        if (!forgotten.empty()) result.trouble = ask_accounting(app, run, backend, journal, forgotten);
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

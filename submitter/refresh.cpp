#include "refresh.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "adoption.hpp"
#include "quantity.hpp"
#include "sbraid/action.hpp"
#include "sbraid/clocks.hpp"

// squeue first: it is cheap and knows all that is alive and what has ended in the last minutes. Only jobs
// that it no longer lists and whose end we have not heard are looked up in the accounting. Of several records
// of one element (requeues) the last by submit time counts; older jobs with the same id, from before the ids
// wrapped around, are told apart by it too. Accounting may be late or wrong: a row that is not terminal, of a
// job that the controller does not know, says nothing (a runaway job), and a row of an earlier attempt is not
// the last word on an element that has begun another one since. Ids come round again, so a job whose token
// names another run is none of ours, and only what squeue lists as ours is ever told to scancel.

namespace sbraid {

namespace {

/// A run that is looked at, and what squeue said of it.
struct Look {
    Run* run = nullptr;
    Journal* journal = nullptr;
    std::set<JobId> listed{};
    std::set<JobKey> forgotten{};  ///< unfinished, and not listed
};

void add_unfinished(const Run& run, std::set<JobId>& ids) {
    for (const auto& job : run.state.jobs) {
        const bool open = std::any_of(job.elements.begin(), job.elements.end(),
                                      [](const ElementState& element) { return !element.final; });
        if (job.current && open) ids.insert(job.current->id);
    }
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

/// The newest row of an element, and how many it has. Where some have our token, those without are of another
/// job that got its id.
struct LastRow {
    JobStatus status;
    std::uint32_t rows = 0;
    bool has_token = false;
};

std::map<JobKey, LastRow> last_rows(const Run& run, const std::vector<SacctRow>& rows) {
    std::map<JobId, Timestamp> submitted;
    for (const auto& job : run.state.jobs) {
        if (job.current && job.submitted_at) submitted[job.current->id] = *job.submitted_at - k_clocks_differ;
    }
    const auto owner = run.state.created ? run.state.created->user : std::string{};
    const auto is_strangers = [&](const std::string& user) {
        return !user.empty() && !owner.empty() && user != owner;
    };
    std::map<JobKey, LastRow> last;
    for (const auto& row : rows) {
        const auto token = find_token(row.submit_line);
        if (!row.step.empty() || (token && token->run != run.id()) || is_strangers(row.status.user)) continue;
        const auto ours = submitted.find(row.status.key.job);
        if (ours != submitted.end() && row.status.submit && *row.status.submit < ours->second) continue;
        auto& found = last[row.status.key];
        if (found.has_token && !token) continue;
        if (token && !found.has_token) found = {.status = {}, .rows = 0, .has_token = true};
        auto& [known, count, has_token] = found;
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

/// What squeue says of the unfinished jobs of all of them. Error: it did not answer.
Result<void> ask_queue(const App& app, std::vector<Look>& looks, Backend& backend) {
    std::set<JobId> all;
    for (const auto& look : looks) add_unfinished(*look.run, all);
    if (all.empty()) return {};
    const std::vector<JobId> ids(all.begin(), all.end());
    const auto statuses = backend.query(ids);
    if (!statuses) return Unexpected{statuses.error()};
    for (auto& look : looks) {
        std::vector<JobStatus> ours;
        for (const auto& status : *statuses) {
            if (!may_be_of(look.run->id(), status.comment)) continue;
            ours.push_back(status);
            look.listed.insert(status.key.job);
        }
        record(app, look.journal, observe(look.run->state, look.run->plan, ours, app.clock.now()));
        look.forgotten = missing_from(*look.run, ours);
    }
    return {};
}

/// What squeue no longer lists, of all of them. Returns why the accounting could not be asked; empty: it
/// could, or is off.
std::string ask_accounting(const App& app, const std::vector<Look>& looks, Backend& backend) {
    const auto now = app.clock.now();
    std::set<JobId> all;
    auto since = now;
    for (const auto& look : looks) {
        if (look.forgotten.empty()) continue;
        for (const auto& key : look.forgotten) all.insert(key.job);
        since = std::min(since, look.run->state.created_at.value_or(now - std::chrono::hours(24)));
    }
    if (all.empty()) return {};
    const std::vector<JobId> ids(all.begin(), all.end());
    auto rows = backend.account(ids, since);
    if (!rows) return rows.error().message;
    const bool accounting = rows->has_value();
    for (const auto& look : looks) {
        auto& run = *look.run;
        if (accounting) {
            record(app, look.journal, observe(run.state, run.plan, last_words(run, **rows), now));
        }
        std::vector<JobKey> unknown;
        for (const auto& key : missing_from(run, {})) {
            if (look.forgotten.contains(key)) unknown.push_back(key);
        }
        record(app, look.journal, observe_missing(run.state, run.plan, unknown, accounting, now));
    }
    return {};
}

Refreshed ask(const App& app, std::vector<Look>& looks, Backend& backend) {
    if (auto asked = ask_queue(app, looks, backend); !asked) {
        return {.stale = true, .trouble = asked.error().message};
    }
    return {.trouble = ask_accounting(app, looks, backend)};
}

/// Jobs whose answers were lost. They are taken into the state alone: what stands in the file is for who
/// holds the run's lock, and while somebody does, answers are still to come.
Result<std::size_t> find_unrecorded(Run& run, Backend& backend, Timestamp now) {
    if (run.locked || phase(run.state, run.plan) != RunPhase::partial || unrecorded_jobs(run) == 0) return 0;
    const auto found = backend.find(run.id());
    if (!found) return Unexpected{found.error()};
    auto jobs = adoption(run, *found).jobs;
    for (auto& job : jobs) {
        apply(run.state, run.plan, Record{.writer = {}, .number = 0, .time = now, .event = std::move(job)});
    }
    return jobs.size();
}

void cancel_dead(const App& app, const Look& look, Backend& backend) {
    auto& run = *look.run;
    auto dead = find_dead_keys(run.state, run.plan);
    if (look.journal == nullptr) return;
    std::erase_if(dead, [&](const Dead& one) { return !look.listed.contains(one.key.job); });
    if (dead.empty()) return;
    std::vector<JobKey> keys;
    keys.reserve(dead.size());
    for (const auto& one : dead) keys.push_back(one.key);
    if (auto done = backend.cancel(keys); !done) {
        app.say_more(fmt::format("{} that can never run could not be cancelled: {}",
                                 quantity(keys.size(), "job"), done.error().message));
        return;
    }
    for (const auto& one : dead) {
        std::ignore = look.journal->append(
            JobCancelled{
                .job = run.plan.jobs.at(one.job.value).name(), .key = one.key, .why = "dead-dependency"},
            next_time(run.state, app.clock.now()));  // lost, the next refresh says it again
    }
}

}  // namespace

Refreshed refresh(const App& app, Run& run, Backend& backend, Journal* journal) {
    const auto unrecorded = find_unrecorded(run, backend, app.clock.now());
    if (!unrecorded) return {.stale = true, .trouble = unrecorded.error().message};
    std::vector<Look> looks = {{.run = &run, .journal = journal}};
    auto result = ask(app, looks, backend);
    result.unrecorded = *unrecorded;
    if (!result.stale) cancel_dead(app, looks.front(), backend);
    return result;
}

Refreshed refresh_all(const App& app, const std::vector<OpenRun>& runs, Backend& backend) {
    std::vector<Look> looks;
    looks.reserve(runs.size());
    for (const auto& open : runs) looks.push_back({.run = open.run, .journal = open.journal});
    auto result = ask(app, looks, backend);
    if (result.stale) return result;
    for (const auto& look : looks)
        std::ignore = find_dead_keys(look.run->state, look.run->plan);  // marks them
    return result;
}

void warn_of_staleness(const App& app, const Refreshed& refreshed) {
    if (refreshed.stale) {
        app.warn(
            fmt::format("Slurm did not answer, this is what the state file says: {}", refreshed.trouble));
    } else if (!refreshed.trouble.empty()) {
        app.warn(fmt::format("the accounting did not answer: {}", refreshed.trouble));
    }
}

}  // namespace sbraid

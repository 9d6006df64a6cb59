#include <fmt/format.h>

#include <set>

#include "cancel_choice.hpp"
#include "commands/commands.hpp"
#include "confirm.hpp"
#include "connection.hpp"
#include "io/process.hpp"
#include "json.hpp"
#include "lock_wait.hpp"
#include "quantity.hpp"
#include "refresh.hpp"
#include "sbraid/action.hpp"
#include "sbraid/shell_quote.hpp"
#include "submitter.hpp"

// Handlers go before what they handle, so that none starts because its parent was cancelled: scancel signals
// its jobs side by side, so that takes a call for each round (cancel_all()).

namespace sbraid {

namespace {

/// The tasks that go along, and nobody named; empty: none.
std::string along(const CancelChoice& choice) {
    constexpr std::size_t k_most = 8;
    std::string text;
    for (std::size_t i = 0; i < choice.below.size() && i < k_most; ++i) {
        text += fmt::format("{}{}", i == 0 ? ", with what waits for that: " : ", ", choice.below[i]);
    }
    if (choice.below.size() > k_most) text += fmt::format(" and {} more", choice.below.size() - k_most);
    return text;
}

/// A `cancel` that did not come to its end is not a submission that did not: other words, another exit code.
Failure not_cancelled(Failure failure, const Options& options, const Run& run, std::string_view left) {
    if (failure.kind == ErrorKind::partial) failure.kind = ErrorKind::slurm;
    auto again = fmt::format("sbraid cancel{} -r {}", options.has("run-final") ? " --run-final" : "",
                             run_operand(run));
    for (const auto& operand : options.operands()) again += " " + shell_quote(operand);
    failure.issues.back().hint = fmt::format("{}; '{}' tries again", left, again);
    return failure;
}

Error interrupted() {
    return {.kind = ErrorKind::interrupted, .message = "interrupted: nothing was cancelled"};
}

/// Asks on a terminal; elsewhere --yes is needed.
tl::expected<void, Failure> confirm(const App& app, const Options& options, const Run& run,
                                    const CancelChoice& choice, Interrupts& interrupts) {
    if (options.has("yes")) return {};
    const auto jobs = quantity(choice.jobs.size(), "job");
    switch (ask(app,
                fmt::format("cancel {} of run {} ({} of them running){}?", jobs, run.id(), choice.running,
                            along(choice)),
                interrupts)) {
        case Answer::yes:
            return {};
        case Answer::no:
            return fail(Error{.message = "nothing was cancelled"});
        case Answer::interrupted:
            return fail(interrupted());
        case Answer::nobody:
            break;
    }
    return fail(
        Error{.kind = ErrorKind::usage,
              .message = fmt::format("this would cancel {} of run {}{}", jobs, run.id(), along(choice)),
              .hint = "say --yes where nobody can be asked"});
}

/// Ids come round again: only what squeue lists as ours is told to scancel. What it does not list is gone;
/// that somebody wanted it gone is recorded all the same.
Result<std::vector<JobKey>> still_ours(Backend& backend, Patience& patience,
                                       const std::vector<Cancel>& wanted) {
    std::vector<JobId> ids;
    ids.reserve(wanted.size());
    for (const auto& one : wanted) ids.push_back(one.key.job);
    const auto listed = patience.insist<std::vector<JobStatus>>([&] { return backend.query(ids); });
    if (!listed) return Unexpected{listed.error()};
    std::set<JobId> known;
    for (const auto& status : *listed) known.insert(status.key.job);
    std::vector<JobKey> keys;
    for (const auto& one : wanted) {
        if (known.contains(one.key.job)) keys.push_back(one.key);
    }
    return keys;
}

Result<void> carry_out(const App& app, Run& run, Backend& backend, Journal& journal, Patience& patience,
                       const std::vector<Cancel>& wanted) {
    for (std::size_t first = 0, end = 0; first < wanted.size(); first = end) {
        end = first;
        while (end < wanted.size() && wanted[end].round == wanted[first].round) ++end;
        const std::vector<Cancel> round(wanted.begin() + static_cast<std::ptrdiff_t>(first),
                                        wanted.begin() + static_cast<std::ptrdiff_t>(end));
        const auto keys = still_ours(backend, patience, round);
        if (!keys) return Unexpected{keys.error()};
        if (!keys->empty()) {
            auto done = patience.insist<void>([&] { return backend.cancel(*keys); });
            if (!done) return done;
        }
        for (const auto& one : round) {
            const Event event =
                JobCancelled{.job = run.plan.jobs.at(one.job.value).name(), .key = one.key, .why = one.why};
            const auto now = next_time(run.state, app.clock.now());
            apply(run.state, run.plan, Record{.writer = {}, .number = 0, .time = now, .event = event});
            if (auto stored = journal.append(event, now); !stored)
                return Unexpected{std::move(stored.error())};
        }
    }
    return journal.sync();
}

/// With the lock in hand, everything adopted and cancelled, nothing of the run can be in any more.
Result<void> say_taken_back(const App& app, Run& run, Journal& journal) {
    const auto now = next_time(run.state, app.clock.now());
    apply(run.state, run.plan, Record{.writer = {}, .number = 0, .time = now, .event = RunTakenBack{}});
    if (auto stored = journal.append(RunTakenBack{}, now); !stored)
        return Unexpected{std::move(stored.error())};
    return journal.sync();
}

void answer(const App& app, const Options& options, const Run& run, const CancelChoice& choice) {
    std::vector<std::pair<std::string, std::string>> rows;
    for (const auto& one : choice.jobs)
        rows.emplace_back(run.plan.jobs.at(one.job.value).task, to_string(one.key));
    if (app.json) {
        Json document;
        document["schema"] = "sbraid.cancel/1";
        document["run"] = run.id();
        document["jobs"] = Json::array();
        for (const auto& [task, id] : rows) {
            Json one;
            one["task"] = task;
            one["job_id"] = id;
            document["jobs"].push_back(std::move(one));
        }
        app.answer(dump(document));
    } else if (options.has("parsable2")) {
        TextTable table{.columns = columns({"task", "job_id"}), .rows = {}};
        for (const auto& [task, id] : rows) table.rows.push_back({task, id});
        app.answer(render_parsable(table, !options.has("noheader")));
    } else if (rows.empty()) {
        app.answer(fmt::format("run {}: nothing to cancel\n", run.id()));
    } else {
        app.answer(
            fmt::format("run {}: cancelled {}{}\n", run.id(), quantity(rows.size(), "job"), along(choice)));
    }
}

Outcome run_cancel(App& app, const Options& options) {
    const auto preferences = read_preferences(app, options, WrongFiles::are_warnings);
    if (!preferences) return fail(preferences.error());
    auto run = open_run(app, options.value("run"));
    if (!run) return fail(run.error());
    ignore_broken_pipes();
    auto journal = open_journal(run->dir, "cancel");
    if (!journal) return fail(journal.error());
    // Where all is to go, also what no record names: jobs of a submission that was cut short are taken over
    // first, second jobs of a token cancelled.
    const bool is_whole = options.operands().empty();
    std::optional<RunLock> lock;
    if (is_whole || !run->state.submitted) {
        auto taken = wait_for_run_lock(app, run->dir, preferences->patience);
        if (!taken)
            return fail(not_cancelled(std::move(taken.error()), options, *run, "nothing was cancelled"));
        lock = std::move(*taken);
        run = load_run(run->dir);
        if (!run) return fail(run.error());
    }
    Interrupts interrupts;
    CallBounds bounds{.interrupts = &interrupts};
    const auto backend = connect(app, *run, *preferences, lock ? lock->fd() : -1, &bounds);
    const CallReport calls(app, *backend);
    Patience patience(app, bounds, preferences->patience);
    Submitter submitter(app, *run, *backend, *journal, bounds, {.patience = preferences->patience});
    if (lock) {
        if (auto adopted = submitter.adopt(); !adopted) {
            return fail(not_cancelled(std::move(adopted.error()), options, *run, "nothing was cancelled"));
        }
    }
    Refreshed refreshed;
    patience.within([&] { refreshed = refresh(app, *run, *backend, &*journal); });
    if (interrupts.requested()) return fail(interrupted());
    if (refreshed.stale) app.warn(fmt::format("Slurm did not answer: {}", refreshed.trouble));

    auto choice = choose_what_to_cancel(*run, options.operands(), options.has("run-final"));
    if (!choice) return fail(choice.error());
    if (!choice->jobs.empty()) {
        if (auto sure = confirm(app, options, *run, *choice, interrupts); !sure) return fail(sure.error());
    }
    for (const auto& ended : choice->ended) {
        app.say(fmt::format("{} has ended already; what waits for it goes on", ended));
    }
    auto done = carry_out(app, *run, *backend, *journal, patience, choice->jobs);
    if (done && is_whole && !run->state.submitted && !run->state.taken_back) {
        // What a lost answer was about may have arrived meanwhile.
        if (auto adopted = submitter.adopt(); !adopted) {
            return fail(not_cancelled(std::move(adopted.error()), options, *run, "some jobs may be left"));
        }
        auto late = choose_what_to_cancel(*run, {}, options.has("run-final"));
        if (!late) return fail(late.error());
        std::erase_if(late->jobs,
                      [&](const Cancel& one) { return run->state.jobs.at(one.job.value).cancelled; });
        done = carry_out(app, *run, *backend, *journal, patience, late->jobs);
        choice->jobs.insert(choice->jobs.end(), late->jobs.begin(), late->jobs.end());
        if (done) done = say_taken_back(app, *run, *journal);
    }
    if (!done) {
        auto error = std::move(done.error());
        if (interrupts.requested()) {
            error.kind = ErrorKind::interrupted;
            error.message = fmt::format("interrupted: {}", error.message);
        }
        return fail(not_cancelled(std::move(error), options, *run, "some jobs may be left"));
    }
    answer(app, options, *run, *choice);
    return 0;
}

}  // namespace

const Subcommand& cancel_command() {
    static const Subcommand command{
        .spec = {.name = "cancel",
                 .summary = "cancel a run, or tasks and what waits for them",
                 .operands = "[TASK…]",
                 .max_operands = 10'000,
                 .description =
                     "Pending descendants are cancelled before running parents, so that no handler of a\n"
                     "failure starts because of it. Descendants that run already are left alone.",
                 .examples = {{"sbraid cancel", "the newest run here, after asking"},
                              {"sbraid cancel --yes -r finetune-2026 train 'tokenize[3]'",
                               "a task, one element of another, and what waits for them"},
                              {"sbraid cancel prep 'eval-*'", "a sub-workflow, and tasks by a glob"}},
                 .options = {{"yes", 0, "", "do not ask", "What"},
                             {"run-final", 0, "", "of a whole run: keep its [final] tasks, which run then",
                              "What"},
                             run_option(),
                             patience_option(),
                             json_option(),
                             parsable_option(),
                             noheader_option()},
                 .exit_codes = {4, 130}},
        .run = run_cancel};
    return command;
}

}  // namespace sbraid

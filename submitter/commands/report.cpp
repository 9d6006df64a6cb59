#include "sbraid/report.hpp"

#include <fmt/format.h>

#include <set>

#include "commands/commands.hpp"
#include "connection.hpp"
#include "fold_run.hpp"
#include "refresh.hpp"
#include "sbraid/last_records.hpp"
#include "waiting.hpp"

namespace sbraid {

namespace {

/// What the accounting says of the run's jobs; nullopt, with a warning, when it does not answer or is off.
std::optional<std::vector<SacctRow>> ask_accounting(const App& app, const Run& run, Backend& backend) {
    std::set<JobId> all;  // elements that were submitted anew have other jobs
    for (const auto& job : run.state.jobs)
        for (const auto& element : job.elements)
            if (element.status.key.job.value != 0) all.insert(element.status.key.job);
    const std::vector<JobId> ids(all.begin(), all.end());
    if (ids.empty()) return std::vector<SacctRow>{};
    const auto since = run.state.created_at.value_or(app.clock.now() - std::chrono::hours(24));
    auto rows = backend.account(ids, since);
    if (!rows) {
        app.warn(
            fmt::format("the accounting did not answer, its columns are empty: {}", rows.error().message));
        return std::nullopt;
    }
    if (!*rows) app.say("accounting is off on this cluster: what it would tell is empty");
    return std::move(*rows);
}

/// Waits for what collectors still write, as long as it is likely to help: what has ended long ago will not
/// say more.
void wait_for_last_records(const App& app, Run& run) {
    constexpr std::chrono::milliseconds k_pause{250};
    constexpr int k_pauses = 12;
    constexpr std::chrono::seconds k_recent{60};
    const auto last = last_end(run.state);
    if (!last || app.clock.now() - *last > k_recent) return;
    for (int i = 0; i < k_pauses && lacks_last_records(run.state); ++i) {
        app.clock.sleep(k_pause, nullptr);
        reread(app, run);
    }
}

Result<RunReport> report_on(const App& app, const std::optional<std::string>& named,
                            const Preferences& preferences) {
    auto run = open_run(app, named);
    if (!run) return Unexpected{std::move(run.error())};
    const auto backend = connect(app, *run, preferences);
    const CallReport calls(app, *backend);
    auto journal = open_journal(run->dir, "report");
    const auto refreshed = refresh(app, *run, *backend, journal ? &*journal : nullptr);
    if (refreshed.stale) app.warn(fmt::format("Slurm did not answer: {}", refreshed.trouble));
    wait_for_last_records(app, *run);
    auto rows = ask_accounting(app, *run, *backend);
    if (journal) fold_ended(app, *run);
    return report(run->plan, run->state, seen_phase(*run), rows, app.clock.now());
}

Outcome run_report(App& app, const Options& options) {
    const auto preferences = read_preferences(app, options, WrongFiles::are_warnings);
    if (!preferences) return fail(preferences.error());
    if (options.has("by-gpu") && !options.has("csv") && !options.has("parsable2") && !app.json) {
        return fail(Error{.kind = ErrorKind::usage,
                          .message = "--by-gpu needs --parsable2 or --csv",
                          .hint = "without it, every task has its GPUs below it"});
    }
    std::vector<std::optional<std::string>> named(options.operands().begin(), options.operands().end());
    if (named.empty()) named.emplace_back(std::nullopt);
    std::vector<RunReport> reports;
    for (const auto& one : named) {
        auto made = report_on(app, one, *preferences);
        if (!made) return fail(std::move(made.error()));
        reports.push_back(std::move(*made));
    }
    const auto table = [&] {
        return options.has("by-gpu") ? report_gpu_table(reports) : report_table(reports);
    };
    if (app.json) {
        app.answer(report_json(reports));
    } else if (options.has("csv")) {
        app.answer(render_csv(table()));
    } else if (options.has("parsable2")) {
        app.answer(render_parsable(table(), !options.has("noheader")));
    } else {
        app.answer(render_report(reports, app.out.width()));
    }
    return 0;
}

}  // namespace

const Subcommand& report_command() {
    static const Subcommand command{
        .spec = {.name = "report",
                 .summary = "what each task did with its GPUs, CPUs and memory",
                 .operands = "[RUN…]",
                 .max_operands = 1000,
                 .description =
                     "Joins the run's plan, its state file (written by jobs and by the SPANK "
                     "plugin) and sacct.\n\n"
                     "WAIT (wait_s) is the time in the queue, from when Slurm could have started\n"
                     "a task; before that (ineligible_s) it waited for its parents. Of a task that\n"
                     "was requeued, times, CPU, memory and GPUs are those of its last attempt; what\n"
                     "all had together stands below it (total_elapsed_s, total_cpu_used_s and\n"
                     "total_gpu_s, which is GPUs times seconds). GPU (gpu_util_mean) is the mean\n"
                     "over its GPUs while the task had them; the line of a rank speaks of the time\n"
                     "that the rank ran.",
                 .examples = {{"sbraid report", "the newest run here"},
                              {"sbraid report --csv --by-gpu > gpus.csv", "one line a GPU and rank"}},
                 .options = {{"by-gpu", 0, "", "with -P and --csv: one row a GPU and rank, not an element",
                              "Output"},
                             {"csv", 0, "", "comma-separated (RFC 4180)", "Output"},
                             json_option(),
                             parsable_option(),
                             noheader_option()}},
        .run = run_report};
    return command;
}

}  // namespace sbraid

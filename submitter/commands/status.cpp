#include <fmt/format.h>

#include <algorithm>

#include "adoption.hpp"
#include "commands/commands.hpp"
#include "connection.hpp"
#include "fold_run.hpp"
#include "quantity.hpp"
#include "status_answer.hpp"
#include "waiting.hpp"

namespace sbraid {

namespace {

/// How much of a run is in that nobody is submitting any more.
std::string partly_submitted(const Run& run, const Refreshed& refreshed) {
    const auto in = std::count_if(run.state.jobs.begin(), run.state.jobs.end(),
                                  [](const JobRecord& job) { return job.current && !job.cancelled; });
    const auto jobs = quantity(run.plan.jobs.size(), "job");
    const auto missing = unrecorded_jobs(run);
    if (refreshed.stale && missing > 0) {
        return fmt::format("{} of {} recorded, and up to {} more may have arrived", in, jobs, missing);
    }
    auto text = fmt::format("{} of {} in Slurm", in, jobs);
    if (refreshed.unrecorded > 0) text += fmt::format(", {} of them not recorded", refreshed.unrecorded);
    return text;
}

std::string next_step(const Run& run, const Refreshed& refreshed) {
    switch (seen_phase(run)) {
        case RunPhase::partial:
            return fmt::format("\nonly partly submitted: {}; 'sbraid resume {}' goes on\n",
                               partly_submitted(run, refreshed), run_operand(run));
        case RunPhase::submitting:
        case RunPhase::running:
        case RunPhase::succeeded:
        case RunPhase::failed:
        case RunPhase::cancelled:
            return {};
    }
    return {};
}

Outcome watch(App& app, const Options& options, Run& run, const Preferences& preferences, Journal* journal) {
    Interrupts interrupts;
    CallBounds bounds{.interrupts = &interrupts};
    const auto backend = connect(app, run, preferences, -1, &bounds);
    const CallReport calls(app, *backend);
    std::string before;
    Refreshed last;
    const bool redraw = app.out.is_tty() && !app.json && !options.has("parsable2");
    auto ended = wait_until_ended(app, run, *backend, journal, bounds,
                                  {.limit = {}, .longest_pause = std::chrono::seconds(10)},
                                  [&](const Refreshed& refreshed) {
                                      last = refreshed;
                                      const auto answer = status_answer(app, run, refreshed);
                                      if (redraw) {
                                          // Home, the table, and nothing of an older one below it.
                                          auto text = for_people(app, answer, true);
                                          app.answer(fmt::format("\033[H\033[2J{}", text));
                                      } else if (auto json = answer.json(); json != before) {
                                          before = std::move(json);
                                          write_answer(app, options, answer);
                                      }
                                      return app.answer_errno == 0;
                                  });
    // How the run ended, or that nobody goes on with it, is not how this command did: it could answer.
    if (ended) return 0;
    if (ended.error().kind != ErrorKind::partial) return already_answered(app, ended);
    if (!app.json && !options.has("parsable2")) app.answer(next_step(run, last));
    return 0;
}

Outcome run_status(App& app, const Options& options) {
    const auto preferences = read_preferences(app, options, WrongFiles::are_warnings);
    if (!preferences) return fail(preferences.error());
    const auto& operands = options.operands();
    auto run = open_run(app, operands.empty() ? std::nullopt : std::optional(operands.front()));
    if (!run) return fail(run.error());
    // Somebody else's run can be looked at, but not written to.
    auto journal = open_journal(run->dir, "status");
    auto* const writer = journal ? &*journal : nullptr;
    if (options.has("watch")) return watch(app, options, *run, *preferences, writer);

    const auto backend = connect(app, *run, *preferences);
    const CallReport calls(app, *backend);
    const auto refreshed = options.has("offline") ? Refreshed{.stale = true, .asked = false, .trouble = {}}
                                                  : refresh(app, *run, *backend, writer);
    write_answer(app, options, status_answer(app, *run, refreshed));
    if (!app.json && !options.has("parsable2")) app.answer(next_step(*run, refreshed));
    if (!options.has("offline")) warn_of_staleness(app, refreshed);
    if (writer != nullptr) fold_ended(app, *run);
    return 0;
}

}  // namespace

const Subcommand& status_command() {
    static const Subcommand command{
        .spec = {.name = "status",
                 .summary = "one row a task",
                 .operands = "[RUN]",
                 .max_operands = 1,
                 .description =
                     "RUN is a run id, a unique prefix of one, or a run directory; without it\n"
                     "SBRAID_RUN_DIR, else the newest run below the current directory. Asks Slurm once;\n"
                     "when Slurm does not answer, shows what the state file says.",
                 .examples = {{"sbraid status", "the newest run here"},
                              {"sbraid status --watch", "until it has ended"},
                              {"sbraid status --json | jq '.tasks[] | select(.state == \"FAILED\")'",
                               "what failed, for a script"}},
                 .options = {{"watch", 0, "",
                              "show it again whenever something changes, until the run has ended", "What"},
                             {"offline", 0, "", "what the state file says, without asking Slurm", "What"},
                             json_option(),
                             parsable_option(),
                             noheader_option()}},
        .run = run_status};
    return command;
}

}  // namespace sbraid

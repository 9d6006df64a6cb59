#include <fmt/format.h>

#include "commands/commands.hpp"
#include "connection.hpp"
#include "fold_run.hpp"
#include "json.hpp"
#include "sbraid/status_view.hpp"
#include "waiting.hpp"

namespace sbraid {

namespace {

Outcome run_wait(App& app, const Options& options) {
    const auto preferences = read_preferences(app, options, WrongFiles::are_warnings);
    if (!preferences) return fail(preferences.error());
    WaitSettings settings;
    const auto timeout = duration_option(options, "timeout");
    if (!timeout) return fail(timeout.error());
    settings.limit = *timeout;
    const auto& operands = options.operands();
    auto run = open_run(app, operands.empty() ? std::nullopt : std::optional(operands.front()));
    if (!run) return fail(run.error());
    Interrupts interrupts;
    CallBounds bounds{.interrupts = &interrupts};
    const auto backend = connect(app, *run, *preferences, -1, &bounds);
    const CallReport calls(app, *backend);
    auto journal = open_journal(run->dir, "wait");
    bool said = false;
    auto outcome = wait_until_ended(
        app, *run, *backend, journal ? &*journal : nullptr, bounds, settings, [&](const Refreshed& seen) {
            if (seen.stale && !said)
                app.say(fmt::format("Slurm does not answer, still waiting: {}", seen.trouble));
            said = seen.stale;
            return true;
        });
    if (journal) fold_ended(app, *run);
    if (!outcome) return outcome;
    return show_end(app, options, *run, *outcome);
}

}  // namespace

int show_end(const App& app, const Options& options, const Run& run, int code) {
    const auto rows = status_rows(run.plan, run.state);
    const auto state = phase(run.state, run.plan);
    if (app.json) {
        Json document;
        document["schema"] = "sbraid.wait/1";
        document["run"] = run.id();
        document["dir"] = run.dir;
        document["state"] = to_string(state);
        document["exit_code"] = code;
        app.answer(dump(document));
    } else if (options.has("parsable2")) {
        app.answer(render_parsable(
            {.columns = columns({"run", "dir", "state", "exit_code"}),
             .rows = {{run.id(), run.dir, std::string(to_string(state)), fmt::format("{}", code)}}},
            !options.has("noheader")));
    } else {
        app.answer(fmt::format("run {}: {}; {}\n", run.id(), to_string(state), status_summary(rows)));
        for (const auto& row : rows) {
            if (!is_failure(row.state)) continue;
            app.answer(fmt::format("  {}{}: {}{}\n", row.task, row.element ? "[" + *row.element + "]" : "",
                                   to_string(row.state), row.why.empty() ? "" : ", " + row.why));
        }
    }
    return code;
}

const Subcommand& wait_command() {
    static const Subcommand command{
        .spec = {.name = "wait",
                 .summary = "until the run has ended",
                 .operands = "[RUN]",
                 .max_operands = 1,
                 .description = "Asks Slurm gently: every 2 s at first, then ever more rarely.",
                 .examples = {{"sbraid wait && sbraid report", "when all went well, tell what it used"},
                              {"sbraid wait --timeout 2h", "exit code 1 when it takes longer"}},
                 .options = {{"timeout", 0, "DURATION", "give up after 90s, 5m, 2h, 1d", "What"},
                             json_option(),
                             parsable_option(),
                             noheader_option()},
                 .exit_codes = {4, 5, 6, 130}},
        .run = run_wait};
    return command;
}

}  // namespace sbraid

#include <fmt/format.h>

#include "answer.hpp"
#include "commands/commands.hpp"
#include "run.hpp"
#include "sbraid/status_view.hpp"
#include "waiting.hpp"

namespace sbraid {

namespace {

Outcome run_list(App& app, const Options& options) {
    const auto folder = options.operands().empty() ? std::string(".") : options.operands().front();
    std::vector<RunRow> rows;
    for (const auto& dir : runs_below(folder)) {
        const auto run = load_run(dir);
        if (!run) {
            app.warn(run.error().message);
            continue;
        }
        rows.push_back(run_row(run->plan, run->state, seen_phase(*run)));
        rows.back().dir = run->dir;
    }
    if (rows.empty() && !app.json && !options.has("parsable2")) {
        app.say("there is no run below this directory; 'sbraid submit FILE' makes one");
        return 0;
    }
    write_answer(app, options,
                 {.people = list_table(rows, app.clock.now()),
                  .parsable = list_parsable(rows),
                  .json = list_json(rows)});
    return 0;
}

}  // namespace

const Subcommand& list_command() {
    static const Subcommand command{
        .spec = {.name = "list",
                 .summary = "the runs below this directory",
                 .operands = "[DIR]",
                 .max_operands = 1,
                 .description = "Newest first, as the state files tell it; 'sbraid status RUN' asks Slurm.",
                 .examples = {{"sbraid list", "below the current directory"},
                              {"sbraid list --json ~/work", "for a script"}},
                 .options = {json_option(), parsable_option(), noheader_option()}},
        .run = run_list};
    return command;
}

}  // namespace sbraid

#include "sbraid/plan.hpp"

#include <fmt/format.h>

#include "answer.hpp"
#include "commands/commands.hpp"
#include "commands/plan_run.hpp"
#include "sbraid/batch_script.hpp"
#include "sbraid/plan_view.hpp"
#include "workflow_file.hpp"

namespace sbraid {

namespace {

Outcome run_plan(App& app, const Options& options) {
    auto vars = read_vars(options);
    if (!vars) return fail(vars.error());
    const auto file = read_workflow(options.operands().front(), std::move(*vars));
    if (!file) return fail(file.error());
    if (!file->validated.workflow) return fail(invalid(*file));
    const auto preferences = read_preferences(app, options);
    if (!preferences) return fail(preferences.error());
    show_plan(app, options, plan_new_run(app, *file, options, *preferences));
    return 0;
}

}  // namespace

void show_plan(const App& app, const Options& options, const SubmissionPlan& made) {
    const auto table = [&made] { return plan_table(made); };
    write_answer(app, options,
                 {.people = table, .parsable = table, .json = [&made] { return to_plan_json(made); }});
    if (app.verbosity == 0 || app.json || options.has("parsable2")) return;
    for (const PlannedJob& job : made.jobs) {
        app.answer(fmt::format("\n==> {}.sh <==\n{}", job.name(), batch_script(made, job)));
    }
}

const Subcommand& plan_command() {
    static const Subcommand command{
        .spec = {.name = "plan",
                 .summary = "what would be submitted?",
                 .operands = "FILE",
                 .min_operands = 1,
                 .max_operands = 1,
                 .description =
                     "Shows the jobs in the order of their submission. Contacts nobody, changes nothing.\n"
                     "With -v the batch script of each follows.",
                 .examples = {{"sbraid plan flow.toml", "one row a job"},
                              {"sbraid plan -v flow.toml", "and the batch script of each"},
                              {"sbraid plan --json flow.toml | jq '.tasks[].sbatch'",
                               "the options that sbatch would get"}},
                 .options = {var_option(), json_option(), parsable_option(), noheader_option()},
                 .exit_codes = {3}},
        .run = run_plan};
    return command;
}

}  // namespace sbraid

#include "sbraid/export.hpp"

#include <fmt/format.h>

#include "commands/commands.hpp"
#include "commands/plan_run.hpp"
#include "io/file.hpp"
#include "json.hpp"
#include "sbraid/array_spec.hpp"
#include "workflow_file.hpp"

namespace sbraid {

namespace {

/// What the cluster is asked for in `submit`; here the user says it.
Result<std::optional<std::uint32_t>> given_array_size(const Options& options) {
    const auto text = options.value("max-array-size");
    if (!text) return std::nullopt;
    const auto size = parse_array_spec(*text);
    if (!size || to_string(*size) != *text || size->size() != 1 || size->max() == 0) {
        return Unexpected{
            Error{.kind = ErrorKind::usage,
                  .message = fmt::format("--max-array-size takes a number from 1, not '{}'", *text),
                  .hint = "'scontrol show config' tells it"}};
    }
    return size->max();
}

Result<Exported> exported(const App& app, const Options& options, const WorkflowFile& file) {
    const auto& workflow = *file.validated.workflow;
    const auto format = options.value("format").value_or("bash");
    if (format == "wfformat") return export_wfformat(workflow);
    if (format != "bash") {
        return Unexpected{Error{.kind = ErrorKind::usage,
                                .message = fmt::format("--format takes bash or wfformat, not '{}'", format)}};
    }
    const auto preferences = read_preferences(app, options);
    if (!preferences) return Unexpected{preferences.error()};
    const auto array_size = given_array_size(options);
    if (!array_size) return Unexpected{array_size.error()};
    const auto plan = plan_new_run(app, file, options, *preferences, *array_size);
    return export_bash(workflow, plan,
                       {.logs = options.value("logs").value_or("logs"),
                        .kill_on_invalid_dep = preferences->kill_invalid_dep != KillInvalidDep::no});
}

Outcome run(App& app, const Options& options) {
    auto vars = read_vars(options);
    if (!vars) return fail(vars.error());
    const auto& path = options.operands().front();
    const auto file = read_workflow(path, std::move(*vars));
    if (!file) return fail(file.error());
    if (!file->validated.workflow) return fail(invalid(*file));
    for (const auto& warning : file->validated.diagnostics) app.err.write(render(file->sources, warning));
    const auto result = exported(app, options, *file);
    if (!result) return fail(result.error());

    auto out = options.value("output");
    if (out && *out == "-") out.reset();
    if (out) {
        if (auto written = write_file(*out, result->text, options.has("force")); !written) {
            auto error = written.error();
            if (error.kind == ErrorKind::usage) error.hint = "--force overwrites it";
            return fail(std::move(error));
        }
    }
    if (app.json) {
        Json document{{"schema", "sbraid.export/1"},
                      {"file", out ? Json(*out) : Json(nullptr)},
                      {"notes", result->notes}};
        document["text"] = out ? Json(nullptr) : Json(result->text);
        app.answer(dump(document));
        return 0;
    }
    for (const auto& note : result->notes) app.warn(note);
    if (!out) app.answer(result->text);
    return 0;
}

}  // namespace

const Subcommand& export_command() {
    static const Subcommand command{
        .spec =
            {.name = "export",
             .summary = "a workflow as a bash script of sbatch calls, or as WfFormat",
             .operands = "FILE",
             .min_operands = 1,
             .max_operands = 1,
             .description =
                 "The script submits the same jobs as 'sbraid submit', with the same options and edges, "
                 "where\n"
                 "there is no sbraid: it needs bash 4.2 and Slurm's commands. FLOW_DIR and FLOW_LOGS in its\n"
                 "environment say where the workflow's paths start, and where logs go. Contacts nobody, so "
                 "an\n"
                 "array is cut at 1001 elements unless --max-array-size says what the cluster takes.",
             .examples = {{"sbraid export flow.toml | bash", "submit it without a run directory"},
                          {"sbraid export -o flow.sh flow.toml", "to look at it, and to take it along"},
                          {"sbraid export --format wfformat flow.toml",
                           "tasks and edges as JSON of WfCommons"}},
             .options = {{"format", 0, "bash|wfformat", "what to write (bash)", "Output"},
                         {"output", 'o', "FILE", "write there instead of to the standard output", "Output"},
                         {"force", 0, "", "overwrite the file of -o", "Output"},
                         {"logs", 0, "DIR", "where the script puts logs, from where it is started (logs)",
                          "Output"},
                         {"max-array-size", 0, "N", "MaxArraySize of the cluster (1001)", "Output"},
                         var_option(),
                         json_option()},
             .exit_codes = {3}},
        .run = run};
    return command;
}

}  // namespace sbraid

#include <fmt/format.h>

#include <algorithm>

#include "answer.hpp"
#include "commands/commands.hpp"
#include "json.hpp"
#include "sbraid/key_view.hpp"
#include "sbraid/table.hpp"
#include "workflow_file.hpp"

namespace sbraid {

namespace {

std::size_t count_edges(const Workflow& workflow) {
    std::size_t count = 0;
    for (const auto& task : workflow.tasks())
        for (const auto& edge : task.edges)
            count += edge.origin == EdgeOrigin::named || edge.origin == EdgeOrigin::data ? 1U : 0U;
    return count;
}

std::size_t count_tasks(const Workflow& workflow) {
    const auto& tasks = workflow.tasks();
    return static_cast<std::size_t>(
        std::count_if(tasks.begin(), tasks.end(), [](const Task& task) { return !task.turnstile; }));
}

Json document(const WorkflowFile& file) {
    const auto& workflow = file.validated.workflow;
    Json result;
    result["schema"] = "sbraid.check/1";
    result["ok"] = workflow.has_value();
    result["tasks"] = workflow ? count_tasks(*workflow) : 0;
    result["edges"] = workflow ? count_edges(*workflow) : 0;
    result["errors"] = Json::array();
    for (const auto& diagnostic : file.validated.diagnostics) {
        result["errors"].push_back(to_json(to_issue(file.sources, diagnostic)));
    }
    return result;
}

/// Every key that a workflow file may have, and those that are refused, with the reason.
Outcome show_keys(const App& app, const Options& options) {
    const auto table = key_list();
    Json result{{"schema", "sbraid.keys/1"}, {"keys", Json::array()}};
    for (const auto& row : table.rows) {
        Json key;
        for (std::size_t i = 0; i < row.size(); ++i) key[table.columns[i].key] = row[i];
        result["keys"].push_back(std::move(key));
    }
    const auto as_table = [&table] { return table; };
    write_answer(app, options,
                 {.people = as_table, .parsable = as_table, .json = [&result] { return dump(result); }});
    return 0;
}

Outcome run(App& app, const Options& options) {
    if (options.has("keys")) return show_keys(app, options);
    if (options.operands().empty()) {
        return fail(Error{.kind = ErrorKind::usage,
                          .message = "'sbraid check' needs FILE",
                          .hint = "'sbraid check --keys' lists what may stand in it"});
    }
    auto vars = read_vars(options);
    if (!vars) return fail(vars.error());
    const auto& path = options.operands().front();
    auto file = read_workflow(path, std::move(*vars));
    if (!file) return fail(file.error());
    look_closer(*file, options.has("strict"));

    const auto& workflow = file->validated.workflow;
    const int code = workflow ? 0 : static_cast<int>(ErrorKind::invalid);
    if (app.json) {
        app.answer(dump(document(*file)));
        return code;
    }
    if (options.has("parsable2")) {
        TextTable table{.columns = columns({"severity", "file", "line", "column", "message", "hint"}),
                        .rows = {}};
        for (const auto& diagnostic : file->validated.diagnostics) {
            const auto issue = to_issue(file->sources, diagnostic);
            table.rows.push_back({issue.severity == Severity::error ? "error" : "warning", issue.file,
                                  fmt::format("{}", issue.line), fmt::format("{}", issue.column),
                                  issue.message, issue.hint});
        }
        app.answer(render_parsable(table, !options.has("noheader")));
        return code;
    }
    for (const auto& diagnostic : file->validated.diagnostics) {
        app.err.write(render(file->sources, diagnostic));
    }
    if (workflow) {
        const auto tasks = count_tasks(*workflow);
        const auto edges = count_edges(*workflow);
        app.answer(fmt::format("{}: {} task{}, {} edge{}: ok\n", path, tasks, tasks == 1 ? "" : "s", edges,
                               edges == 1 ? "" : "s"));
    }
    return code;
}

}  // namespace

const Subcommand& check_command() {
    static const Subcommand command{
        .spec = {.name = "check",
                 .summary = "is the workflow file right?",
                 .operands = "FILE",
                 .min_operands = 0,
                 .max_operands = 1,
                 .description =
                     "Shows all mistakes of the file at once, each with its place, and as warnings what is\n"
                     "allowed but most likely not meant. Contacts nobody.",
                 .examples = {{"sbraid check flow.toml", "exit code 0 when it is right, 3 when it is not"},
                              {"sbraid check -D base=llama-70b flow.toml", "with another value of {{base}}"},
                              {"sbraid check --keys", "all keys of a workflow file, and what they mean"}},
                 .options = {{"keys", 0, "", "list the keys that a workflow file may have; needs no FILE",
                              "What"},
                             {"strict", 0, "", "warnings are errors", "What"},
                             var_option(),
                             json_option(),
                             parsable_option(),
                             noheader_option()},
                 .exit_codes = {3}},
        .run = run};
    return command;
}

}  // namespace sbraid

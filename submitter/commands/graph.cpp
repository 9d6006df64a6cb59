#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <string_view>

#include "commands/commands.hpp"
#include "commands/plan_run.hpp"
#include "connection.hpp"
#include "io/file.hpp"
#include "quantity.hpp"
#include "refresh.hpp"
#include "sbraid/graph_view.hpp"
#include "waiting.hpp"
#include "workflow_file.hpp"

namespace sbraid {

namespace {

struct Format {
    std::string_view name;
    std::array<std::string_view, 2> endings;  ///< of files that have it
    std::string (*render)(const GraphView& view);
};
constexpr std::array<Format, 3> k_formats{{{"dot", {".dot", ".gv"}, to_dot},
                                           {"mermaid", {".mmd", ".mermaid"}, to_mermaid},
                                           {"svg", {".svg", ".SVG"}, to_svg}}};

/// --format, else by the ending of --output, else dot.
Result<Format> chosen_format(const Options& options) {
    if (const auto named = options.value("format")) {
        for (const Format& format : k_formats) {
            if (format.name == *named) return format;
        }
        return Unexpected{
            Error{.kind = ErrorKind::usage,
                  .message = fmt::format("--format: there is no format '{}'", *named),
                  .hint = *named == "json" ? "--json gives it as JSON" : "dot, mermaid or svg"}};
    }
    const std::string output = options.value("output").value_or("");
    for (const Format& format : k_formats) {
        for (const std::string_view ending : format.endings) {
            if (output.ends_with(ending)) return format;
        }
    }
    return k_formats.front();
}

tl::expected<GraphView, Failure> view_of_file(const App& app, const Options& options,
                                              const std::string& path) {
    auto vars = read_vars(options);
    if (!vars) return fail(vars.error());
    const auto file = read_workflow(path, std::move(*vars));
    if (!file) return fail(file.error());
    if (!file->validated.workflow) return fail(invalid(*file));
    const auto preferences = read_preferences(app, options);
    if (!preferences) return fail(preferences.error());
    return graph_view(plan_new_run(app, *file, options, *preferences));
}

tl::expected<GraphView, Failure> view_of_run(const App& app, const Options& options,
                                             const std::optional<std::string>& named) {
    if (options.has("define")) {
        return fail(Error{.kind = ErrorKind::usage,
                          .message = "-D is for a workflow file; the plan of a run is frozen"});
    }
    const auto preferences = read_preferences(app, options, WrongFiles::are_warnings);
    if (!preferences) return fail(preferences.error());
    auto run = open_run(app, named);
    if (!run) return fail(run.error());
    bool stale = true;
    if (!options.has("offline")) {
        const auto backend = connect(app, *run, *preferences);
        const CallReport calls(app, *backend);
        auto journal = open_journal(run->dir, "graph");
        const auto refreshed = refresh(app, *run, *backend, journal ? &*journal : nullptr);
        stale = refreshed.stale;
        if (stale) {
            app.warn(
                fmt::format("Slurm did not answer, this is what the state file says: {}", refreshed.trouble));
        }
    }
    return graph_view(run->plan, run->state, seen_phase(*run), stale);
}

/// A workflow file, or a run: a directory, a run id or a prefix of one.
bool is_file(const std::string& operand) {
    std::error_code error;
    const auto status = std::filesystem::status(operand, error);
    if (std::filesystem::is_directory(status)) return false;
    return std::filesystem::exists(status) || operand.ends_with(".toml");
}

Outcome run_graph(App& app, const Options& options) {
    const auto format = chosen_format(options);
    if (!format) return fail(format.error());
    if (app.json && options.has("format")) {
        return fail(Error{.kind = ErrorKind::usage,
                          .message = "--json and --format exclude each other",
                          .hint = "leave --format out for JSON, --json for a picture"});
    }
    const auto& operands = options.operands();
    const auto view =
        !operands.empty() && is_file(operands.front())
            ? view_of_file(app, options, operands.front())
            : view_of_run(app, options, operands.empty() ? std::nullopt : std::optional(operands.front()));
    if (!view) return fail(view.error());

    const std::string text = app.json ? to_graph_json(*view) : format->render(*view);
    const auto output = options.value("output");
    if (output && !operands.empty() && absolute_path(*output) == absolute_path(operands.front())) {
        return fail(Error{.kind = ErrorKind::usage,
                          .message = fmt::format("--output: '{}' is what the graph is of", *output)});
    }
    if (!output || *output == "-") {
        app.answer(text);
        return 0;
    }
    if (const auto written = write_file(*output, text, true); !written) return fail(written.error());
    app.say(fmt::format("{}: {}, {}", *output, quantity(view->nodes.size(), "node"),
                        quantity(view->edges.size(), "edge")));
    return 0;
}

}  // namespace

const Subcommand& graph_command() {
    static const Subcommand command{
        .spec =
            {.name = "graph",
             .summary = "the tasks and their edges as a picture",
             .operands = "[FILE|RUN]",
             .max_operands = 1,
             .description =
                 "Of a workflow FILE: what would be submitted. Of a RUN (a run id, a unique prefix, a run\n"
                 "directory; without it SBRAID_RUN_DIR, else the newest run below the current directory):\n"
                 "the same with the states of its tasks, in words and in colour. An edge without a word on\n"
                 "it is afterok; the SVG tells the kinds apart by their patterns, in its legend.",
             .examples = {{"sbraid graph flow.toml -o flow.svg", "a picture for a browser, drawn here"},
                          {"sbraid graph --format svg >now.svg", "how far the newest run here is"},
                          {"sbraid graph flow.toml | dot -Tpdf >flow.pdf", "drawn by Graphviz"},
                          {"sbraid graph flow.toml --format mermaid", "to paste into a Markdown page"}},
             .options = {var_option(),
                         {"offline", 0, "", "of a run: what the state file says, without asking Slurm",
                          "Which run"},
                         {"format", 0, "dot|mermaid|svg",
                          "default: by the ending of OUT (.dot, .gv, .mmd, .mermaid, .svg), else dot",
                          "Output"},
                         {"output", 'o', "OUT", "write to this file instead of stdout", "Output"},
                         json_option()},
             .exit_codes = {3}},
        .run = run_graph};
    return command;
}

}  // namespace sbraid

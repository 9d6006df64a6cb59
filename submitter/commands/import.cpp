#include "sbraid/import.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "commands/commands.hpp"
#include "io/file.hpp"
#include "json.hpp"
#include "quantity.hpp"
#include "sbraid/shell_quote.hpp"

// Reads what another workflow system runs, and writes it as a workflow file. The pure part is lib's; here are
// the files: the one to import, those that it names, and the new one.

namespace sbraid {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t k_max_bytes = std::size_t{1} << 30U;
constexpr std::size_t k_max_named_bytes = std::size_t{64} << 20U;  // of a file that the imported one names

Result<ImportFormat> chosen_format(const Options& options, std::string_view path, std::string_view text) {
    const auto name = options.value("format");
    if (!name) return guess_import_format(path, text);
    if (*name == "dag") return ImportFormat::dagman;
    if (*name == "wfformat") return ImportFormat::wfformat;
    return Unexpected{Error{.kind = ErrorKind::usage,
                            .message = fmt::format("--format takes dag or wfformat, not '{}'", *name)}};
}

// The new file's tasks run where the imported one's did.
std::string workdir_from(const std::optional<std::string>& out, const std::string& imported) {
    if (!out || *out == "-") return {};
    const std::string here = directory_of(*out);
    const std::string there = directory_of(imported);
    if (here == there) return {};
    const std::string relative = fs::path(there).lexically_relative(here).string();
    // Far away, an absolute path reads better, and survives a move of the new file.
    return relative.starts_with("../..") ? there : relative;
}

Failure refused(const Sources& sources, const Diagnostics& diagnostics) {
    std::vector<Issue> issues;
    issues.reserve(diagnostics.size());
    for (const auto& diagnostic : diagnostics) issues.push_back(to_issue(sources, diagnostic));
    return Failure(ErrorKind::invalid, std::move(issues));
}

Json document(const Sources& sources, const Imported& imported, const std::optional<std::string>& out) {
    Json result;
    result["schema"] = "sbraid.import/1";
    result["file"] = out ? Json(*out) : Json(nullptr);
    result["tasks"] = Json::array();
    for (const auto& task : imported.tasks) {
        result["tasks"].push_back({{"name", task.name}, {"source", task.source}});
    }
    result["edges"] = imported.edges;
    result["notes"] = Json::array();
    for (const auto& note : imported.notes) result["notes"].push_back(to_json(to_issue(sources, note)));
    result["toml"] = out ? Json(nullptr) : Json(imported.text);
    return result;
}

Outcome run(App& app, const Options& options) {
    const auto& path = options.operands().front();
    auto text = read_file(path, k_max_bytes);
    if (!text) return fail(text.error());
    const auto format = chosen_format(options, path, *text);
    if (!format) return fail(format.error());
    auto out = options.value("output");
    if (out && *out == "-") out.reset();

    Sources sources;
    const auto file = sources.add(path, std::move(*text));
    const std::string folder = directory_of(path);
    const ImportContext context{
        .read_file = [&folder](const std::string& name) -> std::optional<std::string> {
            auto named = read_file((fs::path(folder) / name).string(), k_max_named_bytes);
            return named ? std::optional{std::move(*named)} : std::nullopt;
        },
        .workdir = workdir_from(out, path)};
    const auto imported = import_workflow(sources, file, *format, context);
    if (!imported) return fail(refused(sources, imported.error()));

    if (out) {
        auto written = write_file(*out, imported->text, options.has("force"));
        if (!written) {
            auto error = written.error();
            if (error.kind == ErrorKind::usage) error.hint = "--force overwrites it";
            return fail(std::move(error));
        }
    }
    if (app.json) {
        app.answer(dump(document(sources, *imported, out)));
        return 0;
    }
    if (!app.quiet) {
        for (const auto& note : imported->notes) app.err.write(render(sources, note));
    }
    if (out) {
        app.say(fmt::format("{}: {}, {}, {}; 'sbraid check {}' goes on from there", *out,
                            quantity(imported->tasks.size(), "task"), quantity(imported->edges, "edge"),
                            quantity(imported->notes.size(), "note"), shell_quote(*out)));
    } else {
        app.answer(imported->text);
    }
    return 0;
}

}  // namespace

const Subcommand& import_command() {
    static const Subcommand command{
        .spec =
            {.name = "import",
             .summary = "a workflow of another system as a workflow file",
             .operands = "FILE",
             .min_operands = 1,
             .max_operands = 1,
             .description =
                 "Reads HTCondor DAGMan (.dag, with the submit descriptions, splices and sub-DAGs that it\n"
                 "names) and WfFormat JSON of WfCommons (1.3, 1.4, 1.5). What Slurm has no twin for is "
                 "told,\n"
                 "with its line, and stands as a comment in the new file. Contacts nobody.",
             .examples = {{"sbraid import diamond.dag > flow.toml", "to look at it first"},
                          {"sbraid import -o flow.toml diamond.dag", "written beside the notes"},
                          {"sbraid import --format wfformat trace.txt", "whatever it is called"}},
             .options = {{"output", 'o', "FILE", "write there instead of to the standard output", "Output"},
                         {"force", 0, "", "overwrite the file of -o", "Output"},
                         {"format", 0, "dag|wfformat",
                          "what FILE is (default: by its name, else by its first character)", "Input"},
                         json_option()},
             .exit_codes = {3}},
        .run = run};
    return command;
}

}  // namespace sbraid

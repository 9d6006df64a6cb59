#include "workflow_file.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <set>

#include "io/file.hpp"
#include "run.hpp"
#include "sbraid/document.hpp"
#include "sbraid/lint.hpp"
#include "sbraid/outside_inputs.hpp"
#include "sbraid/up_to_date.hpp"
#include "sbraid/workdirs.hpp"

// Everything that validate() has to know of the world is read here and handed to it as values.

namespace sbraid {

namespace {

constexpr std::size_t k_max_workflow_bytes = std::size_t{64} << 20U;
constexpr std::size_t k_max_script_bytes = std::size_t{4}
                                           << 20U;  // Slurm's own default limit (max_script_size)

// Files name files: until nothing new is named.
void read_referenced_files(const Sources& sources, const Document& document, WorkflowContext& context) {
    std::set<std::string> asked;
    for (bool is_new = true; is_new;) {
        is_new = false;
        for (const auto& name : referenced_files(sources, document, context)) {
            if (!asked.insert(name).second) continue;
            is_new = true;
            const auto full = (std::filesystem::path(context.directory) / name).string();
            const auto most = name.ends_with(".toml") ? k_max_workflow_bytes : k_max_script_bytes;
            // Absent means unreadable to validate(), which knows the place to complain about.
            if (auto text = read_file(full, most)) context.files[name] = std::move(*text);
        }
    }
}

}  // namespace

Result<std::map<std::string, std::string>> read_vars(const Options& options) {
    std::map<std::string, std::string> vars;
    for (const auto& text : options.values("define")) {
        const auto equals = text.find('=');
        if (equals == std::string::npos || equals == 0) {
            return Unexpected{Error{.kind = ErrorKind::usage,
                                    .message = fmt::format("-D takes NAME=VALUE, not '{}'", text)}};
        }
        vars[text.substr(0, equals)] = text.substr(equals + 1);
    }
    return vars;
}

Result<WorkflowFile> read_workflow(const std::string& path, std::map<std::string, std::string> vars) {
    auto text = read_file(path, k_max_workflow_bytes);
    if (!text) return Unexpected{std::move(text.error())};

    WorkflowFile result;
    result.path = absolute_path(path);
    result.files = {result.path};
    result.vars = std::move(vars);
    const auto index = result.sources.add(path, std::move(*text));
    auto document = parse(result.sources, index);
    if (!document) {
        result.validated.diagnostics = std::move(document.error());
        return result;
    }
    WorkflowContext context{.directory = directory_of(path), .vars = result.vars, .files = {}};
    read_referenced_files(result.sources, *document, context);
    for (const auto& [name, content] : context.files)
        result.files.push_back((std::filesystem::path(context.directory) / name).string());
    result.validated = validate(result.sources, *document, context);
    return result;
}

namespace {

/// The first path of each input that has nobody to write it and is not there.
void warn_of_missing_inputs(const Workflow& workflow, Diagnostics& diagnostics) {
    constexpr std::size_t k_most_paths = 1000;  // a look may take a while on a file system of the network
    std::size_t looked_at = 0;
    for (const auto& input : inputs_from_outside(workflow)) {
        for (const auto& path : paths_of(workflow.task(input.task), {input.text})) {
            if (++looked_at > k_most_paths) return;
            if (!paths_matching(path).empty()) continue;
            diagnostics.push_back(missing_input(workflow, input, display_path(path)));
            break;
        }
    }
}

}  // namespace

void look_at_workdirs(WorkflowFile& file) {
    if (!file.validated.workflow) return;
    constexpr std::size_t k_most_looks = 1000;  // see above
    constexpr std::size_t k_most_missing = 20;
    std::vector<std::string> missing;
    std::size_t looks = 0;
    for (const auto& folder : named_workdirs(*file.validated.workflow)) {
        if (++looks > k_most_looks || missing.size() == k_most_missing) break;
        std::error_code none;
        if (!std::filesystem::is_directory(folder, none)) missing.push_back(folder);
    }
    const auto warnings = missing_workdirs(*file.validated.workflow, missing);
    auto& diagnostics = file.validated.diagnostics;
    diagnostics.insert(diagnostics.end(), warnings.begin(), warnings.end());
    sort_by_place(diagnostics);
}

void look_closer(WorkflowFile& file, bool strict) {
    auto& workflow = file.validated.workflow;
    auto& diagnostics = file.validated.diagnostics;
    if (workflow) {
        look_at_workdirs(file);
        auto warnings = lint(*workflow);
        diagnostics.insert(diagnostics.end(), warnings.begin(), warnings.end());
        warn_of_missing_inputs(*workflow, diagnostics);
        sort_by_place(diagnostics);
    }
    if (!strict || diagnostics.empty()) return;
    for (auto& diagnostic : diagnostics) diagnostic.severity = Severity::error;
    workflow.reset();
}

Failure invalid(const WorkflowFile& file) {
    std::vector<Issue> issues;
    for (const auto& diagnostic : file.validated.diagnostics) {
        issues.push_back(to_issue(file.sources, diagnostic));
    }
    return Failure(ErrorKind::invalid, std::move(issues));
}

}  // namespace sbraid

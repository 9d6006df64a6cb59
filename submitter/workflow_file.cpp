#include "workflow_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
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

/// The text of a file by its name from the folder of the workflow file, and its full path; an error where it
/// cannot be read.
using ReadText = std::function<Result<std::string>(const std::string& name, const std::string& full)>;

Result<std::string> read_present(const std::string& name, const std::string& full) {
    return read_file(full, name.ends_with(".toml") ? k_max_workflow_bytes : k_max_script_bytes);
}

// Files name files: until nothing new is named.
void read_referenced_files(const Sources& sources, const Document& document, const ReadText& read,
                           WorkflowContext& context) {
    std::set<std::string> asked;
    for (bool is_new = true; is_new;) {
        is_new = false;
        for (const auto& name : referenced_files(sources, document, context)) {
            if (!asked.insert(name).second) continue;
            is_new = true;
            const auto full = (std::filesystem::path(context.directory) / name).string();
            // Absent means unreadable to validate(), which knows the place to complain about.
            if (auto text = read(name, full)) context.files[name] = std::move(*text);
        }
    }
}

/// `path` and the text in it give what `result` lacks.
void read_and_validate(WorkflowFile& result, const std::string& path, std::string text, const ReadText& read,
                       std::vector<Override> overrides) {
    const auto index = result.sources.add(path, std::move(text));
    auto document = parse(result.sources, index);
    if (!document) {
        result.validated.diagnostics = std::move(document.error());
        return;
    }
    WorkflowContext context{
        .directory = directory_of(path), .vars = result.vars, .files = {}, .overrides = std::move(overrides)};
    read_referenced_files(result.sources, *document, read, context);
    for (const auto& [name, content] : context.files)
        result.files.push_back((std::filesystem::path(context.directory) / name).string());
    result.validated = validate(result.sources, *document, context);
}

/// The copies of what a workflow file includes, by the names that they had in messages, and their texts.
std::map<std::string, std::string> frozen_parts(const SubmissionPlan& plan) {
    std::map<std::string, std::string> parts;
    std::error_code error;
    const auto folder = directory_of(frozen_copy(plan.run_dir, plan.text_revision, "part"));
    for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end;
         it.increment(error)) {
        auto text = read_file(it->path().string(), k_max_workflow_bytes);
        if (text) parts.emplace(unescaped_part(it->path().filename().string()), std::move(*text));
    }
    return parts;
}

/// A part is known by its name from the folder of the workflow file; its copy by that behind the way that the
/// user took to there.
const std::string* find_part(const std::map<std::string, std::string>& parts, const std::string& name) {
    const std::string* found = nullptr;
    for (const auto& [shown, text] : parts) {
        if (shown != name && !shown.ends_with("/" + name)) continue;
        if (found != nullptr) return nullptr;
        found = &text;
    }
    return found;
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
    read_and_validate(result, path, std::move(*text), read_present, {});
    return result;
}

Result<WorkflowFile> read_frozen_workflow(const SubmissionPlan& plan, std::vector<Override> overrides) {
    auto text = read_file(frozen_copy(plan.run_dir, plan.text_revision), k_max_workflow_bytes);
    if (!text) return Unexpected{std::move(text.error())};
    WorkflowFile result;
    result.path = plan.file;
    result.files = {plan.file};
    result.vars = plan.vars;
    const auto parts = frozen_parts(plan);
    const auto read = [&parts](const std::string& name, const std::string& full) -> Result<std::string> {
        if (const auto* const part = find_part(parts, name)) return *part;
        return read_present(name, full);
    };
    read_and_validate(result, plan.file, std::move(*text), read, std::move(overrides));
    leave_out(result, plan.left_out);
    return result;
}

Result<WorkflowFile> read_again(const WorkflowFile& file, const std::vector<std::string>& tasks,
                                std::vector<Override> overrides) {
    WorkflowFile result;
    result.path = file.path;
    result.files = {file.path};
    result.vars = file.vars;
    read_and_validate(result, file.path, file.sources.text(0), read_present, std::move(overrides));
    leave_out(result, tasks);
    return result;
}

bool is_as_frozen(const WorkflowFile& file, const SubmissionPlan& plan) {
    const auto text = read_file(frozen_copy(plan.run_dir, plan.text_revision), k_max_workflow_bytes);
    if (!text || *text != file.sources.text(0)) return false;
    std::multiset<std::string> frozen;
    for (auto& [name, part] : frozen_parts(plan)) frozen.insert(part);
    std::multiset<std::string> present;
    for (const auto part : file.validated.parts) present.insert(file.sources.text(part));
    return frozen == present;
}

void leave_out(WorkflowFile& file, const std::vector<std::string>& tasks) {
    auto& workflow = file.validated.workflow;
    if (!workflow || tasks.empty()) return;
    std::vector<bool> done;
    for (const Task& task : workflow->tasks())
        done.push_back(std::find(tasks.begin(), tasks.end(), task.name) != tasks.end());
    workflow = without(std::move(*workflow), done);
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

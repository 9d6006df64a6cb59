// A path is gone down step by step as a set of prefixes: `prep[lr=1e-4]/train` is `prep.0/`, then
// `prep.0/train`.
#include "sbraid/named_tasks.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <set>

#include "name_index.hpp"
#include "task_reference.hpp"

namespace sbraid {
namespace {

/// Those that a step names among the sub-workflows right below `prefix`, as prefixes.
std::vector<std::string> below(const SubmissionPlan& plan, const std::string& prefix, const PathStep& step) {
    std::vector<std::string> found;
    for (const SubWorkflowName& sub : plan.sub_workflows) {
        if (sub_workflow_of(sub.name) != prefix) continue;
        const std::string_view name = std::string_view{sub.name}.substr(prefix.size());
        const bool is_named = glob_matches(step.name, name);
        if (!sub.matrix) {
            if (is_named && !step.has_elements()) found.push_back(sub.name + "/");
            continue;
        }
        const std::vector<std::uint32_t> selected =
            step.selection.empty()
                ? std::vector<std::uint32_t>{}
                : sub.matrix->select(step.selection).value_or(std::vector<std::uint32_t>{});
        for (const std::uint32_t index : sub.matrix->indexes().indexes()) {
            const bool is_wanted = step.elements ? step.elements->contains(index)
                                   : step.selection.empty()
                                       ? true
                                       : std::binary_search(selected.begin(), selected.end(), index);
            const std::string one = fmt::format("{}.{}", sub.name, index);
            if ((is_named && is_wanted) || (!step.has_elements() && one.substr(prefix.size()) == step.name))
                found.push_back(one + "/");
        }
    }
    return found;
}

}  // namespace

std::string_view sub_workflow_of(std::string_view task) {
    return task.substr(0, task.rfind('/') + 1);
}

Result<NamedTasks> tasks_named(const SubmissionPlan& plan, std::string_view text) {
    const auto unknown = [&](std::string_view name) {
        return Unexpected{Error{.kind = ErrorKind::usage,
                                .message = fmt::format("run {} has no task '{}'", plan.run, name)}};
    };
    const auto reference = parse_task_reference(EdgeKind::afterok, text);
    if (!reference || reference->job) return unknown(text);
    std::vector<std::string> prefixes{""};
    for (const PathStep& step : reference->path) {
        std::vector<std::string> deeper;
        for (const std::string& prefix : prefixes)
            for (std::string& one : below(plan, prefix, step)) deeper.push_back(std::move(one));
        prefixes = std::move(deeper);
    }
    std::vector<std::string> whole;
    for (const std::string& prefix : prefixes)
        for (std::string& one : below(plan, prefix, *reference)) whole.push_back(std::move(one));

    NamedTasks result;
    std::set<std::string_view> seen;
    bool is_single = false;
    for (const PlannedJob& job : plan.jobs) {
        if (job.role != JobRole::task || !seen.insert(job.task).second) continue;
        const std::string_view level = sub_workflow_of(job.task);
        const std::string_view name = std::string_view{job.task}.substr(level.size());
        const bool is_named = std::find(prefixes.begin(), prefixes.end(), level) != prefixes.end() &&
                              glob_matches(reference->name, name);
        const bool is_inside = std::any_of(whole.begin(), whole.end(), [&](const std::string& prefix) {
            return job.task.starts_with(prefix);
        });
        is_single = is_single || is_named;
        if (is_named || is_inside) result.tasks.push_back(job.task);
    }
    const std::size_t bracket = reference->has_elements() ? text.rfind('[') : text.size();
    if (result.tasks.empty()) return unknown(text.substr(0, bracket));
    if (is_single && bracket < text.size())
        result.element = text.substr(bracket + 1, text.size() - bracket - 2);
    return result;
}

}  // namespace sbraid

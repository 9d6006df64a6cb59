// A path is gone down step by step as a set of prefixes: `prep[lr=1e-4]/train` is `prep.0/`, then
// `prep.0/train`. Elements are those of the task as it was written, whose jobs may be many parts.
#include "sbraid/named_tasks.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "array_ranges.hpp"
#include "name_index.hpp"
#include "sbraid/suggest.hpp"
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

Unexpected wrong(std::string message, std::string hint = {}) {
    return Unexpected{
        Error{.kind = ErrorKind::usage, .message = std::move(message), .hint = std::move(hint)}};
}

Unexpected no_such_task(const SubmissionPlan& plan, std::string_view name) {
    std::set<std::string_view> names;
    for (const PlannedJob& job : plan.jobs)
        if (job.role == JobRole::task) names.insert(job.task);
    const std::vector<std::string_view> known(names.begin(), names.end());
    return wrong(fmt::format("run {} has no task '{}'", plan.run, name), did_you_mean(name, known));
}

/// The elements of a task, by its own numbers, that a step names; they need not be there.
Result<ArraySpec> wanted_elements(const PlannedJob& job, const PathStep& step) {
    if (step.elements) return *step.elements;
    if (!job.matrix) return wrong(fmt::format("task '{}' is no matrix", job.task));
    auto selected = job.matrix->select(step.selection);
    if (selected) return ArraySpec{ranges_of(*selected), std::nullopt};
    return wrong(fmt::format("task '{}': {}", job.task, selected.error().message),
                 std::move(selected.error().hint));
}

/// The smallest of `wanted` that is not among `found`.
std::uint32_t first_missing(const ArraySpec& wanted, const std::set<std::uint32_t>& found) {
    std::uint32_t element = wanted.min();
    while (found.contains(element) || !wanted.contains(element)) ++element;
    return element;
}

/// Of the jobs of one task the elements that the step names.
Result<std::vector<NamedJob>> elements_of(const SubmissionPlan& plan, const std::vector<JobIndex>& parts,
                                          const PathStep& step) {
    const PlannedJob& task = plan.jobs[parts.front().value];
    const auto wanted = wanted_elements(task, step);
    if (!wanted) return Unexpected{wanted.error()};
    std::set<std::uint32_t> found;
    std::vector<NamedJob> result;
    for (const JobIndex part : parts) {
        const PlannedJob& job = plan.jobs[part.value];
        NamedJob named{part, {}};
        for (const std::uint32_t index : job.array ? job.array->indexes() : std::vector<std::uint32_t>{}) {
            const std::uint32_t element = job.numbering.task_index(index);
            if (!wanted->contains(element)) continue;
            named.elements.push_back(index);
            found.insert(element);
        }
        if (!named.elements.empty()) result.push_back(std::move(named));
    }
    if (found.size() == wanted->size()) return result;
    return wrong(fmt::format("task '{}' has no element {}", task.task, first_missing(*wanted, found)));
}

}  // namespace

std::string_view sub_workflow_of(std::string_view task) {
    return task.substr(0, task.rfind('/') + 1);
}

Result<std::vector<NamedJob>> tasks_named(const SubmissionPlan& plan, std::string_view text) {
    const auto reference = parse_task_reference(EdgeKind::afterok, text);
    if (!reference || reference->job || reference->delay.count() > 0)
        return wrong(fmt::format("'{}' names no task", text),
                     "a task is named like train, train[3], train[lr=1e-4], prep/train or prep-*");
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

    std::vector<NamedJob> result;
    std::map<std::string_view, std::vector<JobIndex>> by_task;  // of which elements are named
    for (std::uint32_t i = 0; i < plan.jobs.size(); ++i) {
        const PlannedJob& job = plan.jobs[i];
        if (job.role != JobRole::task) continue;
        const std::string_view level = sub_workflow_of(job.task);
        const std::string_view name = std::string_view{job.task}.substr(level.size());
        const bool is_named = std::find(prefixes.begin(), prefixes.end(), level) != prefixes.end() &&
                              glob_matches(reference->name, name);
        const bool is_inside = std::any_of(whole.begin(), whole.end(), [&](const std::string& prefix) {
            return job.task.starts_with(prefix);
        });
        if (is_named && reference->has_elements())
            by_task[job.task].emplace_back(i);
        else if (is_named || is_inside)
            result.push_back({JobIndex{i}, {}});
    }
    for (const auto& [task, parts] : by_task) {
        auto some = elements_of(plan, parts, *reference);
        if (!some) return some;
        std::move(some->begin(), some->end(), std::back_inserter(result));
    }
    if (result.empty())
        return no_such_task(plan, reference->has_elements() ? text.substr(0, text.rfind('[')) : text);
    std::sort(result.begin(), result.end(),
              [](const NamedJob& a, const NamedJob& b) { return a.job.value < b.job.value; });
    return result;
}

}  // namespace sbraid

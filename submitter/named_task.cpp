#include "named_task.hpp"

#include <fmt/format.h>

#include <charconv>
#include <set>

#include "run.hpp"
#include "sbraid/named_tasks.hpp"
#include "sbraid/suggest.hpp"

namespace sbraid {

namespace {

Unexpected usage(std::string message, std::string hint = {}) {
    return Unexpected{
        Error{.kind = ErrorKind::usage, .message = std::move(message), .hint = std::move(hint)}};
}

std::string suggestion(const SubmissionPlan& plan, std::string_view name) {
    std::set<std::string_view> names;
    for (const auto& job : plan.jobs) names.insert(job.task);
    const std::vector<std::string_view> candidates(names.begin(), names.end());
    auto hint = did_you_mean(name, candidates);
    return hint.empty()
               ? fmt::format("'sbraid status {}' shows the tasks", run_operand(plan.run, plan.run_dir))
               : hint;
}

/// The number, among the task's, of `3` or `lr=1e-4,seed=1`.
Result<std::uint32_t> element_of(const PlannedJob& job, std::string_view task, std::string_view text) {
    if (text.find('=') == std::string_view::npos) {
        std::uint32_t element = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), element);
        if (error == std::errc{} && end == text.data() + text.size()) return element;
        return usage(fmt::format("'{}' is not an element of task '{}'", text, task));
    }
    const auto selection = parse_selection(text);
    if (!job.matrix || !selection) {
        return usage(fmt::format("'{}' is not an element of task '{}'", text, task),
                     job.matrix ? selection.error().hint : fmt::format("task '{}' is no matrix", task));
    }
    const auto found = job.matrix->select(*selection);
    if (!found) return usage(fmt::format("task '{}': {}", task, found.error().message), found.error().hint);
    if (found->size() == 1) return found->front();
    return usage(fmt::format("'{}' names {} elements of task '{}'", text, found->size(), task),
                 fmt::format("one of them is {}[{}]", task, job.matrix->label(found->front())));
}

}  // namespace

Result<NamedTask> find_task(const SubmissionPlan& plan, std::string_view text) {
    const auto named = tasks_named(plan, text);
    if (!named) {
        const bool has_bracket = text.ends_with(']') && text.find('[') != std::string_view::npos;
        const auto name = has_bracket ? text.substr(0, text.rfind('[')) : text;
        return usage(fmt::format("run {} has no task '{}'", plan.run, name), suggestion(plan, name));
    }
    const std::set<std::string_view> tasks(named->tasks.begin(), named->tasks.end());
    NamedTask result;
    for (std::uint32_t i = 0; i < plan.jobs.size(); ++i) {
        const auto& job = plan.jobs[i];
        if (job.role == JobRole::task && tasks.contains(job.task)) result.jobs.emplace_back(i);
    }
    if (named->element.empty()) return result;
    const std::string& element_text = named->element;
    const std::string& name = named->tasks.front();
    if (tasks.size() > 1) {
        return usage(fmt::format("'{}' names an element of {} tasks", text, tasks.size()),
                     fmt::format("one of them is {}[{}]", name, element_text));
    }

    auto element = element_of(plan.jobs.at(result.jobs.front().value), name, element_text);
    if (!element) return Unexpected{std::move(element.error())};
    for (const auto index : result.jobs) {
        const auto& job = plan.jobs.at(index.value);
        const auto of_slurm = job.array ? job.numbering.slurm_index(*element, *job.array) : std::nullopt;
        if (of_slurm) return NamedTask{.jobs = {index}, .element = of_slurm};
    }
    return usage(fmt::format("task '{}' has no element {}", name, element_text));
}

}  // namespace sbraid

#include "named_task.hpp"

#include <fmt/format.h>

#include <charconv>
#include <set>

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
    return hint.empty() ? fmt::format("'sbraid status {}' shows the tasks", plan.run) : hint;
}

}  // namespace

Result<NamedTask> find_task(const SubmissionPlan& plan, std::string_view text) {
    auto name = text;
    std::string_view element_text;
    if (const auto bracket = text.find('['); bracket != std::string_view::npos && text.ends_with(']')) {
        name = text.substr(0, bracket);
        element_text = text.substr(bracket + 1, text.size() - bracket - 2);
    }
    NamedTask result;
    for (std::uint32_t i = 0; i < plan.jobs.size(); ++i) {
        if (plan.jobs[i].task == name) result.jobs.emplace_back(i);
    }
    if (result.jobs.empty()) {
        return usage(fmt::format("run {} has no task '{}'", plan.run, name), suggestion(plan, name));
    }
    if (name.size() == text.size()) return result;

    std::uint32_t element = 0;
    const auto [end, error] =
        std::from_chars(element_text.data(), element_text.data() + element_text.size(), element);
    if (error != std::errc{} || end != element_text.data() + element_text.size()) {
        return usage(fmt::format("'{}' is not an element of task '{}'", element_text, name));
    }
    for (const auto index : result.jobs) {
        const auto& array = plan.jobs.at(index.value).array;
        if (array && array->contains(element)) return NamedTask{.jobs = {index}, .element = element};
    }
    return usage(fmt::format("task '{}' has no element {}", name, element));
}

}  // namespace sbraid

#include "new_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "commands/plan_run.hpp"

// The frozen workflow is planned twice, as it is and with what is set, and what differs between these two is
// taken over: so everything that follows from an option follows from it here too, and nothing else changes,
// such as a script that has been edited.

namespace sbraid {

namespace {

std::string_view option_name(std::string_view option) {
    return option.substr(0, option.find('='));
}

void take_difference(PlannedJob& job, const PlannedJob& as_it_was, const PlannedJob& as_set) {
    const auto has = [](const std::vector<std::string>& options, const std::string& option) {
        return std::find(options.begin(), options.end(), option) != options.end();
    };
    for (const auto& option : as_it_was.options) {
        if (has(as_set.options, option)) continue;
        std::erase_if(job.options,
                      [&](const std::string& one) { return option_name(one) == option_name(option); });
    }
    for (const auto& option : as_set.options) {
        if (has(as_it_was.options, option)) continue;
        std::erase_if(job.options,
                      [&](const std::string& one) { return option_name(one) == option_name(option); });
        job.options.push_back(option);
    }
    std::sort(job.options.begin(), job.options.end());
    if (as_it_was.script_body != as_set.script_body) job.script_body = as_set.script_body;
}

/// The tasks that each setting is for.
tl::expected<std::vector<Override>, Failure> overrides(const SubmissionPlan& plan,
                                                       const std::set<std::uint32_t>& submitted,
                                                       const std::vector<NewSetting>& settings) {
    std::set<std::string> all;
    for (const auto index : submitted)
        if (plan.jobs.at(index).role == JobRole::task) all.insert(plan.jobs[index].task);
    std::vector<Override> result;
    for (const auto& setting : settings) {
        std::set<std::string> tasks;
        if (setting.tasks.empty()) {
            tasks = all;
        } else {
            const auto named = find_tasks(plan, setting.tasks);
            if (!named) return fail(named.error());
            for (const auto& one : *named) {
                if (!one.elements.empty())
                    return fail(Error{
                        .kind = ErrorKind::usage,
                        .message = fmt::format("{}: elements of a task have the same options", setting.shown),
                        .hint = "name the task without [...]"});
                const auto& task = plan.jobs.at(one.job.value).task;
                if (all.contains(task)) tasks.insert(task);
            }
        }
        if (tasks.empty())
            return fail(
                Error{.kind = ErrorKind::usage,
                      .message = fmt::format(
                          "{} changes nothing: {} is submitted", setting.shown,
                          setting.tasks.empty() ? "no task" : fmt::format("no task '{}'", setting.tasks)),
                      .hint = "'--from TASK' submits a task anew, with everything below it"});
        for (const auto& task : tasks)
            result.push_back(
                {.shown = setting.shown, .task = task, .key = setting.key, .value = setting.value});
    }
    return result;
}

}  // namespace

Result<std::vector<NewSetting>> read_new_settings(const std::vector<std::string>& given) {
    std::vector<NewSetting> result;
    for (const auto& text : given) {
        const auto equals = text.find('=');
        const auto dot = text.rfind('.', equals);
        const auto key = dot == std::string::npos || dot > equals ? 0 : dot + 1;
        // Elements may have an `=` of their own.
        if (equals == std::string::npos || key == equals || text.find('[') < equals) {
            return Unexpected{
                Error{.kind = ErrorKind::usage,
                      .message = fmt::format("--set takes TASK.KEY=VALUE or KEY=VALUE, not '{}'", text),
                      .hint = "for example --set train.time=4:00:00, or --set mem=64G"}};
        }
        result.push_back({.shown = "--set " + text.substr(0, equals),
                          .tasks = key == 0 ? std::string{} : text.substr(0, key - 1),
                          .key = text.substr(key, equals - key),
                          .value = text.substr(equals + 1)});
    }
    return result;
}

tl::expected<SubmissionPlan, Failure> with_new_settings(const App& app, SubmissionPlan plan,
                                                        const WorkflowFile* edited,
                                                        const std::set<std::uint32_t>& submitted,
                                                        const std::vector<NewSetting>& settings,
                                                        const Preferences& preferences) {
    auto chosen = overrides(plan, submitted, settings);
    if (!chosen) return fail(std::move(chosen.error()));
    const auto read = [&](std::vector<Override> overrides) {
        return edited != nullptr ? read_again(*edited, plan.left_out, std::move(overrides))
                                 : read_frozen_workflow(plan, std::move(overrides));
    };
    const auto as_it_was = read({});
    if (!as_it_was) return fail(as_it_was.error());
    if (!as_it_was->validated.workflow) return fail(invalid(*as_it_was));
    const auto as_set = read(std::move(*chosen));
    if (!as_set) return fail(as_set.error());
    if (!as_set->validated.workflow) return fail(invalid(*as_set));
    const auto before = plan_again(app, *as_it_was, plan, preferences);
    const auto after = plan_again(app, *as_set, plan, preferences);
    std::map<std::string, std::size_t> indexes;
    for (std::size_t i = 0; i < after.jobs.size(); ++i) indexes.emplace(after.jobs[i].name(), i);
    for (const auto index : submitted) {
        auto& job = plan.jobs.at(index);
        const auto found = indexes.find(job.name());
        if (found == indexes.end() || before.jobs.size() != after.jobs.size()) continue;
        take_difference(job, before.jobs[found->second], after.jobs[found->second]);
    }
    return plan;
}

}  // namespace sbraid

#include "up_to_date.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>

#include "io/file.hpp"
#include "run.hpp"
#include "sbraid/up_to_date.hpp"

// Times are those of the files; of a folder the newest of all that is in it, and of a glob the oldest (of an
// output) or the newest (of an input) that it finds.

namespace sbraid {

namespace {

namespace fs = std::filesystem;
using FileTime = fs::file_time_type;

std::optional<FileTime> time_of(const fs::path& path) {
    std::error_code error;
    auto newest = fs::last_write_time(path, error);
    if (error) return std::nullopt;
    if (!fs::is_directory(path, error)) return newest;
    for (auto entry = fs::recursive_directory_iterator(path, error);
         !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        const auto time = entry->last_write_time(error);
        if (!error) newest = std::max(newest, time);
    }
    return newest;
}

/// nullopt: one of them is not there.
std::optional<std::vector<FileTime>> times_of(const std::vector<std::string>& patterns) {
    std::vector<FileTime> times;
    for (const auto& pattern : patterns) {
        const auto paths = paths_matching(pattern);
        if (paths.empty()) return std::nullopt;
        for (const auto& path : paths) {
            const auto time = time_of(path);
            if (!time) return std::nullopt;
            times.push_back(*time);
        }
    }
    return times;
}

bool is_newer_than_its_inputs(const Task& task) {
    const auto outputs = times_of(paths_of(task, task.outputs));
    const auto inputs = times_of(paths_of(task, task.inputs));
    if (!outputs || !inputs || outputs->empty()) return false;
    if (inputs->empty()) return true;
    return *std::min_element(outputs->begin(), outputs->end()) >=
           *std::max_element(inputs->begin(), inputs->end());
}

/// What each task runs: the bodies of its scripts.
std::map<std::string, std::string> texts_of(const SubmissionPlan& plan) {
    std::map<std::string, std::string> texts;
    for (const auto& job : plan.jobs)
        if (job.role == JobRole::task) texts[job.task] += job.script_body;
    return texts;
}

/// What each task ran when it last succeeded.
std::map<std::string, std::string> last_texts(const std::string& file, const std::string& runs_folder) {
    std::map<std::string, std::string> last;
    for (const auto& dir : runs_in(runs_folder)) {  // newest first
        auto plan = load_plan(dir);
        if (!plan || plan->file != file) continue;
        Run run;
        run.dir = dir;
        run.plan = std::move(*plan);
        if (!reload_state(run)) continue;
        std::map<std::string, bool> succeeded;
        for (std::size_t i = 0; i < run.plan.jobs.size() && i < run.state.jobs.size(); ++i) {
            const auto& elements = run.state.jobs[i].elements;
            const bool all =
                !elements.empty() && std::all_of(elements.begin(), elements.end(), [](const auto& one) {
                    return one.final && is_success(one.status.state);
                });
            succeeded.try_emplace(run.plan.jobs[i].task, true).first->second &= all;
        }
        for (auto& [task, text] : texts_of(run.plan))
            if (succeeded[task]) last.try_emplace(task, std::move(text));
    }
    return last;
}

}  // namespace

std::vector<bool> find_up_to_date(const App& app, const Workflow& workflow, const SubmissionPlan& plan,
                                  const std::string& runs_folder) {
    const auto now = texts_of(plan);
    const auto last = last_texts(plan.file, runs_folder);
    std::vector<bool> result(workflow.tasks().size(), false);
    for (const TaskIndex index : workflow.topological_order()) {
        const Task& task = workflow.task(index);
        if (task.outputs.empty() || task.final || task.service) continue;
        const bool after_others = std::any_of(task.edges.begin(), task.edges.end(), [&](const Edge& edge) {
            const auto* const parent = std::get_if<TaskIndex>(&edge.parent);
            return edge.origin != EdgeOrigin::limit && (parent == nullptr || !result[parent->value]);
        });
        const auto before = last.find(task.name);
        const bool changed = before != last.end() && before->second != now.at(task.name);
        result[index.value] = !after_others && !changed && is_newer_than_its_inputs(task);
        if (result[index.value]) app.say_more(fmt::format("task '{}' is up to date", task.name));
    }
    return result;
}

bool leave_out_what_is_up_to_date(const App& app, Workflow& workflow, const SubmissionPlan& plan,
                                  const std::string& runs_folder, std::vector<std::string>& left_out) {
    const auto done = find_up_to_date(app, workflow, plan, runs_folder);
    for (std::size_t task = 0; task < done.size(); ++task)
        if (done[task]) left_out.push_back(workflow.tasks()[task].name);
    const auto count = std::count(done.begin(), done.end(), true);
    if (count > 0)
        app.say(count == 1 ? "1 task is up to date" : fmt::format("{} tasks are up to date", count));
    workflow = without(workflow, done);
    const auto& left = workflow.tasks();
    return std::any_of(left.begin(), left.end(),
                       [](const Task& task) { return !task.final && !task.turnstile; });
}

}  // namespace sbraid

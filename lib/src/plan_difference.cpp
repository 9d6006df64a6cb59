// A task is compared by what its jobs are given: the options by their names, what runs, what it waits for.
#include "sbraid/plan_difference.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <map>
#include <set>

namespace sbraid {
namespace {

using Jobs = std::vector<const PlannedJob*>;
using Keys = std::set<std::string>;

std::map<std::string_view, Jobs> jobs_by_task(const SubmissionPlan& plan) {
    std::map<std::string_view, Jobs> jobs;
    for (const PlannedJob& job : plan.jobs)
        if (job.role == JobRole::task) jobs[job.task].push_back(&job);
    return jobs;
}

/// Each once, in the order of the plan.
std::vector<std::string_view> task_names(const SubmissionPlan& plan) {
    std::vector<std::string_view> names;
    std::set<std::string_view> seen;
    for (const PlannedJob& job : plan.jobs)
        if (job.role == JobRole::task && seen.insert(job.task).second) names.push_back(job.task);
    return names;
}

std::map<std::string, std::string> options_of(const PlannedJob& job) {
    std::map<std::string, std::string> options;
    for (const std::string& option : job.options) {
        const std::size_t equals = option.find('=');
        std::string key = option.substr(2, equals == std::string::npos ? equals : equals - 2);
        std::replace(key.begin(), key.end(), '-', '_');
        options[std::move(key)] = equals == std::string::npos ? "" : option.substr(equals + 1);
    }
    return options;
}

void compare_options(const PlannedJob& before, const PlannedJob& after, Keys& keys) {
    const auto old_ones = options_of(before);
    const auto new_ones = options_of(after);
    for (const auto& [key, value] : old_ones) {
        const auto found = new_ones.find(key);
        if (found == new_ones.end() || found->second != value) keys.insert(key == "chdir" ? "workdir" : key);
    }
    for (const auto& [key, value] : new_ones)
        if (!old_ones.contains(key)) keys.insert(key == "chdir" ? "workdir" : key);
}

/// What a gate stands for, gates within it included.
std::string condition_of(const SubmissionPlan& plan, const PlannedJob& gate) {
    std::set<std::string> parts;
    for (const PlannedEdge& edge : gate.edges) {
        const auto* const inside = std::get_if<JobIndex>(&edge.parent);
        const PlannedJob* const parent = inside == nullptr ? nullptr : &plan.jobs.at(inside->value);
        std::string part = parent == nullptr ? fmt::format("job:{}", std::get<JobId>(edge.parent).value)
                           : parent->role == JobRole::gate ? condition_of(plan, *parent)
                                                           : parent->name();
        parts.insert(fmt::format("{}:{}[{}]", to_string(edge.kind), part, edge.element.value_or(0)));
    }
    return fmt::format("({})", fmt::join(parts, gate.join == Join::any ? "?" : ","));
}

/// What a job waits for, without the numbers that jobs have in their plan. Edges that keep limits are left
/// out: they change with every other task.
std::set<std::string> needs_of(const SubmissionPlan& plan, const PlannedJob& job, std::string_view kind) {
    std::set<std::string> needs;
    for (const PlannedEdge& edge : job.edges) {
        if (edge.origin == EdgeOrigin::limit || to_string(edge.kind) != kind) continue;
        std::string parent;
        if (const auto* const inside = std::get_if<JobIndex>(&edge.parent)) {
            const PlannedJob& one = plan.jobs.at(inside->value);
            parent = one.role == JobRole::gate ? condition_of(plan, one) : one.name();
        } else {
            parent = fmt::format("job:{}", std::get<JobId>(edge.parent).value);
        }
        needs.insert(fmt::format("{} {} {} {}", parent, edge.element.has_value(), edge.element.value_or(0),
                                 edge.delay.count()));
    }
    return needs;
}

void compare_needs(const SubmissionPlan& before, const PlannedJob& old_job, const SubmissionPlan& after,
                   const PlannedJob& new_job, Keys& keys) {
    for (const EdgeKind kind : {EdgeKind::afterok, EdgeKind::afterany, EdgeKind::afternotok, EdgeKind::after,
                                EdgeKind::aftercorr}) {
        if (new_job.final && kind == EdgeKind::afterany) continue;  // it waits for all, whatever that is
        const std::string_view word = to_string(kind);
        if (needs_of(before, old_job, word) != needs_of(after, new_job, word)) keys.emplace(word);
    }
    if (old_job.join != new_job.join) keys.insert("dependency");
    if (old_job.singleton != new_job.singleton) keys.insert("singleton");
}

void compare_rest(const PlannedJob& before, const PlannedJob& after, Keys& keys) {
    const auto add = [&keys](bool differs, const char* key) {
        if (differs) keys.insert(key);
    };
    add(before.script_body != after.script_body || before.sbatch_lines != after.sbatch_lines, "run");
    add(before.matrix != after.matrix, "matrix");
    add(before.matrix == after.matrix && before.array != after.array, "array");
    add(before.comment != after.comment, "comment");
    add(before.attempts.retry != after.attempts.retry, "retry");
    add(before.attempts.continuation != after.attempts.continuation, "continue");
    add(before.user_hold != after.user_hold, "hold");
    add(before.on_dead_dependency != after.on_dead_dependency, "on_dead_dependency");
    add(before.expect != after.expect, "expect");
    add(before.service != after.service, "service");
    add(before.checks_outputs != after.checks_outputs, "outputs");
}

Keys changed_keys(const SubmissionPlan& before, const Jobs& old_jobs, const SubmissionPlan& after,
                  const Jobs& new_jobs) {
    Keys keys;
    if (old_jobs.size() != new_jobs.size()) return {"array"};
    for (std::size_t i = 0; i < old_jobs.size(); ++i) {
        compare_options(*old_jobs[i], *new_jobs[i], keys);
        compare_needs(before, *old_jobs[i], after, *new_jobs[i], keys);
        compare_rest(*old_jobs[i], *new_jobs[i], keys);
    }
    return keys;
}

}  // namespace

PlanDifference difference(const SubmissionPlan& before, const SubmissionPlan& after) {
    PlanDifference result;
    const auto old_ones = jobs_by_task(before);
    const auto new_ones = jobs_by_task(after);
    for (const std::string_view task : task_names(after)) {
        const auto found = old_ones.find(task);
        if (found == old_ones.end()) {
            result.added.emplace_back(task);
            continue;
        }
        const Keys keys = changed_keys(before, found->second, after, new_ones.at(task));
        if (!keys.empty()) result.changed.push_back({std::string{task}, {keys.begin(), keys.end()}});
    }
    for (const std::string_view task : task_names(before))
        if (!new_ones.contains(task)) result.removed.emplace_back(task);
    return result;
}

std::vector<std::string> in_lines(const PlanDifference& difference) {
    std::vector<std::string> lines;
    for (const TaskChange& change : difference.changed)
        lines.push_back(fmt::format("{}: {}", change.task, fmt::join(change.keys, ", ")));
    if (!difference.added.empty())
        lines.push_back(fmt::format("added: {}", fmt::join(difference.added, ", ")));
    if (!difference.removed.empty())
        lines.push_back(fmt::format("removed: {}", fmt::join(difference.removed, ", ")));
    return lines;
}

}  // namespace sbraid

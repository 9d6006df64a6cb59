// Each task gets a fate, parents first: done, dead (it waits for what cannot come any more), or left. The
// condition of a task that is left is rebuilt from the edges that are still open.
#include "sbraid/up_to_date.hpp"

#include <algorithm>

#include "condition.hpp"
#include "path_pattern.hpp"
#include "replaced.hpp"
#include "services.hpp"
#include "task_graph.hpp"
#include "vars.hpp"

namespace sbraid {
namespace {

enum class Fate : std::uint8_t { left, done, dead };
enum class Verdict : std::uint8_t { open, met, impossible };

Verdict judge(const Edge& edge, const std::vector<Fate>& fates) {
    const auto* const parent = std::get_if<TaskIndex>(&edge.parent);
    if (parent == nullptr || fates[parent->value] == Fate::left) return Verdict::open;
    const bool succeeded = fates[parent->value] == Fate::done;
    switch (edge.kind) {
        case EdgeKind::afterok:
        case EdgeKind::aftercorr:
            return succeeded ? Verdict::met : Verdict::impossible;
        case EdgeKind::afternotok:
            return succeeded ? Verdict::impossible : Verdict::met;
        case EdgeKind::after:
        case EdgeKind::afterany:
            break;
    }
    return Verdict::met;
}

/// A condition in which only open edges are left, and what is known of the rest.
struct Rest {
    Verdict verdict = Verdict::open;
    Condition condition;
};

Rest rest_of(const Condition& condition, const std::vector<Edge>& edges, const std::vector<Fate>& fates) {
    const bool any = condition.join == Join::any;
    Rest rest{Verdict::open, {condition.join, {}, {}}};
    bool decided = false;
    const auto take = [&](Verdict verdict) {
        decided = decided || verdict == (any ? Verdict::met : Verdict::impossible);
    };
    for (const std::uint32_t edge : condition.edges) {
        const Verdict verdict = judge(edges[edge], fates);
        if (verdict == Verdict::open) rest.condition.edges.push_back(edge);
        take(verdict);
    }
    for (const Condition& group : condition.groups) {
        Rest inner = rest_of(group, edges, fates);
        take(inner.verdict);
        if (inner.verdict != Verdict::open) continue;
        join(std::move(inner.condition), rest.condition);
    }
    if (decided)
        rest.verdict = any ? Verdict::met : Verdict::impossible;
    else if (rest.condition.edges.empty() && rest.condition.groups.empty())
        rest.verdict = any ? Verdict::impossible : Verdict::met;
    return rest;
}

void renumber(Condition& condition, const std::vector<std::uint32_t>& numbers) {
    for (std::uint32_t& edge : condition.edges) edge = numbers[edge];
    for (Condition& group : condition.groups) renumber(group, numbers);
}

void collect(const Condition& condition, std::vector<std::uint32_t>& edges) {
    edges.insert(edges.end(), condition.edges.begin(), condition.edges.end());
    for (const Condition& group : condition.groups) collect(group, edges);
}

/// Only the edges that the condition still names, in their order.
void keep_edges(Task& task, Condition condition) {
    unwrap(condition);
    std::vector<std::uint32_t> kept;
    collect(condition, kept);
    std::sort(kept.begin(), kept.end());
    std::vector<std::uint32_t> numbers(task.edges.size(), 0);
    std::vector<Edge> edges;
    for (const std::uint32_t edge : kept) {
        numbers[edge] = static_cast<std::uint32_t>(edges.size());
        edges.push_back(task.edges[edge]);
    }
    task.edges = std::move(edges);
    renumber(condition, numbers);
    task.condition.reset();
    const bool simple = condition.groups.empty() && (condition.join == Join::all || kept.size() == 1);
    if (!simple) task.condition = std::move(condition);
}

std::vector<Fate> fates_of(const Workflow& workflow, const std::vector<bool>& done,
                           std::vector<Condition>& conditions) {
    const auto& tasks = workflow.tasks();
    std::vector<Fate> fates(tasks.size(), Fate::left);
    conditions.assign(tasks.size(), {});
    for (const TaskIndex index : workflow.topological_order()) {
        const Task& task = tasks[index.value];
        Rest rest{Verdict::met, {}};
        if (!task.edges.empty()) rest = rest_of(condition_of(task), task.edges, fates);
        if (rest.verdict == Verdict::impossible)
            fates[index.value] = Fate::dead;
        else if (done[index.value] || (task.turnstile && rest.verdict == Verdict::met))
            fates[index.value] = Fate::done;
        if (rest.verdict == Verdict::open) conditions[index.value] = std::move(rest.condition);
    }
    return fates;
}

/// Services that nothing left needs are done; false: there is none that was not.
bool settle_services(const std::vector<Task>& tasks, const std::vector<Fate>& fates,
                     std::vector<bool>& done) {
    bool found = false;
    for (std::uint32_t task = 0; task < tasks.size(); ++task) {
        if (!tasks[task].service || done[task]) continue;
        const auto served = served_by(tasks, TaskIndex{task});
        const bool needed = std::any_of(served.begin(), served.end(),
                                        [&](TaskIndex other) { return fates[other.value] == Fate::left; });
        if (needed) continue;
        done[task] = true;
        found = true;
    }
    return found;
}

}  // namespace

std::vector<std::string> paths_of(const Task& task, const std::vector<PlacedText>& texts) {
    std::vector<std::string> paths;
    for (const PlacedText& one : texts) {
        const std::string text = PathPattern{task.workdir, one.text}.text();
        if (!task.array || text.find_first_of("%\x1d") == std::string::npos) {
            paths.push_back(text);
            continue;
        }
        for (const std::uint32_t index : task.array->indexes()) {
            std::string path = task.matrix ? with_values(text, *task.matrix, index) : text;
            paths.push_back(replaced(std::move(path), "%a", std::to_string(index)));
        }
    }
    std::sort(paths.begin(), paths.end());
    paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
    return paths;
}

Workflow without(Workflow workflow, const std::vector<bool>& done) {
    const auto& tasks = workflow.tasks();
    std::vector<bool> settled = done;
    std::vector<Condition> conditions;
    std::vector<Fate> fates = fates_of(workflow, settled, conditions);
    while (settle_services(tasks, fates, settled)) fates = fates_of(workflow, settled, conditions);

    std::vector<std::uint32_t> numbers(tasks.size(), 0);
    std::vector<Task> left;
    for (std::uint32_t task = 0; task < tasks.size(); ++task) {
        if (fates[task] != Fate::left) continue;
        numbers[task] = static_cast<std::uint32_t>(left.size());
        left.push_back(tasks[task]);
        keep_edges(left.back(), std::move(conditions[task]));
    }
    for (Task& task : left)
        for (Edge& edge : task.edges)
            if (auto* const parent = std::get_if<TaskIndex>(&edge.parent))
                *parent = TaskIndex{numbers[parent->value]};
    workflow.tasks_ = std::move(left);
    workflow.order_ = order_of(workflow.tasks_);
    return workflow;
}

}  // namespace sbraid

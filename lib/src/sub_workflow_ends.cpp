// The tasks are gone through in topological order, as if each one that starts succeeded: what does not start
// then runs only on a failure. Of those that do, the ones count whose success nobody else's success implies.
#include "sub_workflow_ends.hpp"

#include <algorithm>

#include "graph.hpp"

namespace sbraid {
namespace {

class GoodWorld {
  public:
    GoodWorld(const std::vector<Task>& tasks, TaskRange range)
        : range_(range), runs_(range.end - range.begin, false) {
        Parents parents(runs_.size());
        for (std::uint32_t task = range.begin; task < range.end; ++task)
            for (const Edge& edge : tasks[task].edges)
                if (const auto parent = inside(edge))
                    parents[task - range.begin].push_back(*parent - range.begin);
        for (const std::uint32_t node : topological_order(parents)) {
            const Task& task = tasks[range.begin + node];
            runs_[node] = task.condition ? holds(task, *task.condition)
                                         : std::all_of(task.edges.begin(), task.edges.end(),
                                                       [this](const Edge& edge) { return is_met(edge); });
        }
    }

    [[nodiscard]] bool runs(std::uint32_t task) const { return runs_[task - range_.begin]; }

    [[nodiscard]] std::optional<std::uint32_t> inside(const Edge& edge) const {
        const auto* const parent = std::get_if<TaskIndex>(&edge.parent);
        return parent != nullptr && range_.contains(*parent) ? std::optional{parent->value} : std::nullopt;
    }

  private:
    [[nodiscard]] bool is_met(const Edge& edge) const {
        const auto parent = inside(edge);
        if (!parent) return true;
        switch (edge.kind) {
            case EdgeKind::afterok:
            case EdgeKind::aftercorr:
            case EdgeKind::after:
                return runs(*parent);
            case EdgeKind::afternotok:
                return !runs(*parent);
            case EdgeKind::afterany:
                return true;
        }
        return true;
    }

    [[nodiscard]] bool holds(const Task& task, const Condition& condition) const {
        const auto met = [&](std::uint32_t edge) { return is_met(task.edges[edge]); };
        const auto group = [&](const Condition& inner) { return holds(task, inner); };
        if (condition.join == Join::all)
            return std::all_of(condition.edges.begin(), condition.edges.end(), met) &&
                   std::all_of(condition.groups.begin(), condition.groups.end(), group);
        return std::any_of(condition.edges.begin(), condition.edges.end(), met) ||
               std::any_of(condition.groups.begin(), condition.groups.end(), group);
    }

    TaskRange range_;
    std::vector<bool> runs_;
};

bool is_about_success(const Edge& edge) {
    return edge.kind == EdgeKind::afterok || edge.kind == EdgeKind::aftercorr;
}

bool needs_success(const Edge& edge, TaskRange range) {
    const auto* const parent = std::get_if<TaskIndex>(&edge.parent);
    return is_about_success(edge) && parent != nullptr && range.contains(*parent);
}

// Whether there is no way to meet it without the success of a task inside.
bool needs_success(const Task& task, const Condition& condition, TaskRange range) {
    const auto edge = [&](std::uint32_t number) { return needs_success(task.edges[number], range); };
    const auto group = [&](const Condition& inner) { return needs_success(task, inner, range); };
    if (condition.join == Join::all)
        return std::any_of(condition.edges.begin(), condition.edges.end(), edge) ||
               std::any_of(condition.groups.begin(), condition.groups.end(), group);
    return std::all_of(condition.edges.begin(), condition.edges.end(), edge) &&
           std::all_of(condition.groups.begin(), condition.groups.end(), group);
}

}  // namespace

SubWorkflowEnds ends_of(const std::vector<Task>& tasks, TaskRange range) {
    const GoodWorld world{tasks, range};
    std::vector<bool> is_implied(range.end - range.begin, false);
    SubWorkflowEnds ends;
    for (std::uint32_t task = range.begin; task < range.end; ++task) {
        if (!world.runs(task) || tasks[task].final) continue;
        bool waits = false;
        for (const Edge& edge : tasks[task].edges) {
            const auto parent = world.inside(edge);
            if (!parent) continue;
            waits = true;
            if (is_about_success(edge) && !edge.element) is_implied[*parent - range.begin] = true;
        }
        if (!waits) ends.first.push_back(task);
    }
    for (std::uint32_t task = range.begin; task < range.end; ++task)
        if (world.runs(task) && !tasks[task].final && !tasks[task].service && !is_implied[task - range.begin])
            ends.last.push_back(task);
    return ends;
}

std::vector<std::uint32_t> needing_edges(const std::vector<Task>& tasks, TaskRange range) {
    std::vector<std::uint32_t> result;
    for (std::uint32_t number = range.begin; number < range.end; ++number) {
        const Task& task = tasks[number];
        const bool is_covered =
            task.condition ? needs_success(task, *task.condition, range)
                           : std::any_of(task.edges.begin(), task.edges.end(),
                                         [&](const Edge& edge) { return needs_success(edge, range); });
        if (!is_covered) result.push_back(number);
    }
    return result;
}

}  // namespace sbraid

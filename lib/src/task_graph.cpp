#include "task_graph.hpp"

namespace sbraid {

Parents parents_of(const std::vector<Task>& tasks) {
    Parents parents(tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        parents[i].reserve(tasks[i].edges.size());
        for (const Edge& edge : tasks[i].edges)
            if (const auto* parent = std::get_if<TaskIndex>(&edge.parent))
                parents[i].push_back(parent->value);
    }
    return parents;
}

std::vector<TaskIndex> order_of(const Parents& parents) {
    std::vector<TaskIndex> result;
    result.reserve(parents.size());
    for (const std::uint32_t node : topological_order(parents)) result.emplace_back(node);
    return result;
}

std::vector<TaskIndex> order_of(const std::vector<Task>& tasks) {
    return order_of(parents_of(tasks));
}

}  // namespace sbraid

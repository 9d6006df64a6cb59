#include "condition.hpp"

#include <algorithm>
#include <iterator>

namespace sbraid {
namespace {

Condition all_of(std::uint32_t count) {
    Condition all;
    for (std::uint32_t edge = 0; edge < count; ++edge) all.edges.push_back(edge);
    return all;
}

void shift(Condition& condition, std::uint32_t by) {
    for (std::uint32_t& edge : condition.edges) edge += by;
    for (Condition& group : condition.groups) shift(group, by);
}

}  // namespace

Condition condition_of(const Task& task) {
    return task.condition ? *task.condition : all_of(static_cast<std::uint32_t>(task.edges.size()));
}

void unwrap(Condition& level) {
    while (level.edges.empty() && level.groups.size() == 1) {
        Condition only = std::move(level.groups.front());
        level = std::move(only);
    }
}

void join(Condition part, Condition& into) {
    unwrap(part);
    if (part.join != into.join && part.edges.size() + part.groups.size() > 1) {
        into.groups.push_back(std::move(part));
        return;
    }
    into.edges.insert(into.edges.end(), part.edges.begin(), part.edges.end());
    std::move(part.groups.begin(), part.groups.end(), std::back_inserter(into.groups));
}

void add_required_edges(Task& task, const std::vector<Edge>& edges) {
    add_required_edges(task, edges, all_of(static_cast<std::uint32_t>(edges.size())));
}

void add_required_edges(Task& task, const std::vector<Edge>& edges, Condition needs) {
    if (edges.empty()) return;
    const bool is_plain = !task.condition && needs.join == Join::all && needs.groups.empty();
    if (!is_plain) {
        Condition both;
        join(condition_of(task), both);
        shift(needs, static_cast<std::uint32_t>(task.edges.size()));
        join(std::move(needs), both);
        unwrap(both);
        task.condition.reset();
        if (both.join == Join::any || !both.groups.empty()) task.condition = std::move(both);
    }
    task.edges.insert(task.edges.end(), edges.begin(), edges.end());
}

}  // namespace sbraid

#include "graph_checks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>

#include "array_ranges.hpp"

namespace sbraid {
namespace {

void report(Reader& reader, const ComposedTasks& all, const std::vector<std::uint32_t>& cycle) {
    constexpr std::size_t k_shown = 20;
    std::uint32_t unit = all.texts[cycle.front()].unit;  // the innermost that holds them all
    const auto is_outside = [&](std::uint32_t node) { return !all.ranges[unit].contains(TaskIndex{node}); };
    while (std::any_of(cycle.begin(), cycle.end(), is_outside)) unit = all.composition.units()[unit].parent;
    std::vector<std::string_view> path;
    for (const std::uint32_t node : cycle) {
        if (path.size() == k_shown) path.emplace_back("…");
        if (path.size() < k_shown) path.push_back(all.name_in(unit, TaskIndex{node}));
    }
    path.push_back(all.name_in(unit, TaskIndex{cycle.front()}));
    const Task& first = all.tasks[cycle.front()];
    const auto closing = std::find_if(first.edges.begin(), first.edges.end(), [&cycle](const Edge& edge) {
        const auto* parent = std::get_if<TaskIndex>(&edge.parent);
        return parent != nullptr && parent->value == cycle.back();
    });
    reader.error(closing->place, fmt::format("these tasks wait for each other: {}", fmt::join(path, " -> ")),
                 "each waits for the one before it; remove one of these edges");
}

void check_pair(Reader& reader, const ComposedTasks& all, TaskIndex index, const Edge& edge) {
    const Task& task = all.tasks[index.value];
    const std::uint32_t unit = all.texts[index.value].unit;
    const std::string_view name = all.name_in(unit, index);
    const auto wrong = [&](const std::string& what, const std::string& hint) {
        reader.error(edge.place, fmt::format("'aftercorr' goes element by element, but {}", what), hint);
    };
    const auto* parent = std::get_if<TaskIndex>(&edge.parent);
    if (parent == nullptr) {
        if (!task.array) wrong(fmt::format("'{}' is not an array", name), "give it an array, or use afterok");
        return;
    }
    const Task& other = all.tasks[parent->value];
    const std::string_view other_name = all.name_in(unit, *parent);
    if (all.texts[parent->value].has_wrong_elements) return;
    if (!other.array) {
        wrong(fmt::format("'{}' is neither an array nor a matrix", other_name), "use afterok");
    } else if (!task.array) {
        if (!reader.has_errors())  // a cycle, or what else it follows, has been reported
            wrong(fmt::format("'{}' has no elements", name), "give it an array, or use afterok");
    } else if (!same_indexes(*task.array, *other.array)) {
        wrong(fmt::format("'{}' has {} and '{}' has {}", name, indexes_of(*task.array), other_name,
                          indexes_of(*other.array)),
              fmt::format("leave the array of '{}' out to take over that of '{}'", name, other_name));
    } else if (task.matrix && other.matrix && *task.matrix != *other.matrix) {
        wrong(fmt::format("the matrix of '{}' is not that of '{}'", name, other_name),
              fmt::format("leave the matrix of '{}' out to take over that of '{}'", name, other_name));
    }
}

}  // namespace

void report_cycles(Reader& reader, const ComposedTasks& all, const Parents& parents) {
    for (const auto& cycle : cycles(parents)) report(reader, all, cycle);
}

void check_pairs(Reader& reader, const ComposedTasks& all) {
    for (std::uint32_t task = 0; task < all.tasks.size(); ++task)
        for (const Edge& edge : all.tasks[task].edges)
            if (edge.kind == EdgeKind::aftercorr) check_pair(reader, all, TaskIndex{task}, edge);
}

}  // namespace sbraid

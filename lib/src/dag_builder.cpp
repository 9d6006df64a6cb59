#include "dag_builder.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <utility>

#include "characters.hpp"
#include "graph.hpp"
#include "sbraid/suggest.hpp"
#include "task_graph.hpp"

namespace sbraid {
namespace {

constexpr std::size_t k_most_nodes = 1'000'000;
constexpr std::size_t k_most_suggestions = 100;  // they cost a look at all names

// Each node where it stood first.
void drop_repeated(std::vector<std::uint32_t>& nodes) {
    std::unordered_set<std::uint32_t> known;
    std::erase_if(nodes, [&known](std::uint32_t node) { return !known.insert(node).second; });
}

bool has_edges(DagNodeKind kind) {
    return kind == DagNodeKind::job || kind == DagNodeKind::subdag;
}

}  // namespace

void DagBuilder::error(const Place& place, std::string message, std::string hint) {
    if (!told_.emplace(place.file, place.line, place.column, message).second) return;
    errors_.push_back({Severity::error, place, std::move(message), std::move(hint)});
}

void DagBuilder::add(DagNode node, const std::string& name, DagScope& scope) {
    if (graph_.nodes.size() == k_most_nodes) {
        if (!std::exchange(too_many_nodes_, true))
            error(node.place, fmt::format("more than {} nodes", k_most_nodes));
        return;
    }
    const auto index = static_cast<std::uint32_t>(graph_.nodes.size());
    if (node.kind == DagNodeKind::final)
        scope.final_node = index;
    else
        scope.own.push_back({false, index});
    scope.names[name] = {false, index};
    scope.nodes.push_back(index);
    graph_.nodes.push_back(std::move(node));
}

std::uint32_t DagBuilder::add_group(DagGroup group) {
    groups_.push_back(std::move(group));
    return static_cast<std::uint32_t>(groups_.size() - 1);
}

void DagBuilder::ends_of(const DagScope& scope, std::vector<std::uint32_t>& first,
                         std::vector<std::uint32_t>& last) const {
    for (const std::uint32_t index : scope.nodes) {
        const DagNode& node = graph_.nodes[index];
        if (!has_edges(node.kind)) continue;
        if (node.parents.empty() && node.ended.empty()) first.push_back(index);
        if (node.children == 0) last.push_back(index);
    }
}

std::string DagBuilder::suggestion(std::string_view name, const DagScope& scope) const {
    if (errors_.size() > k_most_suggestions) return {};
    std::vector<std::string_view> names;
    for (const auto& [known, target] : scope.names) names.push_back(known);
    return did_you_mean(name, names);
}

const DagTarget* DagBuilder::find(const DagWord& name, const DagScope& scope) {
    const auto found = scope.names.find(name.text);
    if (found != scope.names.end()) return &found->second;
    error(name.place, fmt::format("there is no node '{}'", name.text), suggestion(name.text, scope));
    return nullptr;
}

std::vector<std::uint32_t> DagBuilder::targets(const DagWord& name, const DagCommand& command,
                                               const DagScope& scope, Subdag subdag) {
    std::vector<DagTarget> found;
    if (equal_ignoring_case(name.text, k_dag_all_nodes)) {
        found = scope.own;
    } else if (const DagTarget* const one = find(name, scope)) {
        if (one->is_group && !groups_[one->index].is_subdag)
            error(name.place, fmt::format("{} cannot be applied to a splice", command.keyword),
                  "name a node of it: SPLICE+NODE");
        else
            found.push_back(*one);
    }
    std::vector<std::uint32_t> nodes;
    for (const DagTarget& target : found) {
        if (!target.is_group) {
            nodes.push_back(target.index);
        } else if (subdag == Subdag::as_its_nodes) {
            const auto& all = groups_[target.index].nodes;
            nodes.insert(nodes.end(), all.begin(), all.end());
        } else {
            notes_.add(
                command.place,
                fmt::format("{} {}: a sub-DAG is dissolved into its tasks, and this is about all of it",
                            command.keyword, name.text),
                "write it for the tasks that need it");
        }
    }
    return nodes;
}

void DagBuilder::add_ends(const DagWord& name, bool as_parent, const DagScope& scope,
                          std::vector<std::uint32_t>& ends) {
    const DagTarget* const target = find(name, scope);
    if (target == nullptr) return;
    if (target->is_group) {
        const DagGroup& group = groups_[target->index];
        const auto& nodes = as_parent ? group.last : group.first;
        ends.insert(ends.end(), nodes.begin(), nodes.end());
    } else if (!has_edges(graph_.nodes[target->index].kind)) {
        error(name.place,
              fmt::format("'{}' is a FINAL, SERVICE or PROVISIONER node, which has no edges", name.text));
    } else {
        ends.push_back(target->index);
    }
}

void DagBuilder::add_edges(std::vector<std::uint32_t> parents, std::vector<std::uint32_t> children,
                           const Place& place, bool weak) {
    drop_repeated(parents);
    drop_repeated(children);
    for (const std::uint32_t child : children) {
        for (const std::uint32_t parent : parents) {
            if (parent == child) {
                error(place, fmt::format("node '{}' waits for itself", graph_.nodes[child].name));
            } else if (edges_.size() >= k_most_edges) {
                if (!too_many_) error(place, fmt::format("more than {} edges", k_most_edges));
                too_many_ = true;
                return;
            } else {
                add_edge(parent, child, place, weak);
            }
        }
    }
}

void DagBuilder::add_edge(std::uint32_t parent, std::uint32_t child, const Place& place, bool weak) {
    DagNode& node = graph_.nodes[child];
    const bool is_new = edges_.insert((std::uint64_t{child} << 32U) | parent).second;
    const auto was_weak = is_new ? node.ended.end() : std::find(node.ended.begin(), node.ended.end(), parent);
    if (is_new) {
        ++graph_.nodes[parent].children;
    } else if (weak || was_weak == node.ended.end()) {
        return;
    } else {
        node.ended.erase(was_weak);
    }
    (weak ? node.ended : node.parents).push_back(parent);
    if (!weak) node.parent_places.push_back(place);
}

void DagBuilder::refuse_cycles() {
    Parents parents;
    parents.reserve(graph_.nodes.size());
    for (const DagNode& node : graph_.nodes) {
        parents.push_back(node.parents);
        parents.back().insert(parents.back().end(), node.ended.begin(), node.ended.end());
    }
    for (const auto& cycle : cycles(parents)) {
        std::string path;
        for (const std::uint32_t index : cycle) path += graph_.nodes[index].name + " -> ";
        const DagNode& first = graph_.nodes[cycle.front()];
        const auto closing = std::find(first.parents.begin(), first.parents.end(), cycle.back());
        const bool is_weak = closing == first.parents.end();
        error(is_weak ? first.place
                      : first.parent_places[static_cast<std::size_t>(closing - first.parents.begin())],
              fmt::format("the nodes wait for each other: {}{}", path, first.name));
    }
}

}  // namespace sbraid

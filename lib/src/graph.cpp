// The two walks over the graph of tasks, in linear time (the order with a heap for determinism) and without
// recursion: a chain of a hundred thousand tasks must not need a stack as deep.
//
//  - order: Kahn's algorithm, the ready nodes in a heap;
//  - cycles: Tarjan's strongly connected components, then a breadth-first search inside each that is larger
//  than one.
#include "graph.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <queue>

namespace sbraid {
namespace {

constexpr std::uint32_t k_none = std::numeric_limits<std::uint32_t>::max();

Parents children_of(const Parents& parents) {
    std::vector<std::uint32_t> counts(parents.size());
    for (const auto& list : parents)
        for (const std::uint32_t parent : list) ++counts[parent];
    Parents children(parents.size());
    for (std::size_t i = 0; i < counts.size(); ++i) children[i].reserve(counts[i]);
    for (std::uint32_t child = 0; child < parents.size(); ++child)
        for (const std::uint32_t parent : parents[child]) children[parent].push_back(child);
    return children;
}

// Tarjan's algorithm with its own stack of (node, next edge). Gives each node the number of its component.
class Components {
  public:
    explicit Components(const Parents& edges)
        : edges_(edges), index_(edges.size(), k_none), low_(edges.size()), component_(edges.size(), k_none) {
        for (std::uint32_t node = 0; node < edges.size(); ++node)
            if (index_[node] == k_none) walk(node);
    }
    [[nodiscard]] std::uint32_t of(std::uint32_t node) const { return component_[node]; }
    [[nodiscard]] std::uint32_t count() const { return count_; }

  private:
    struct Frame {
        std::uint32_t node;
        std::size_t edge;
    };

    void walk(std::uint32_t start) {
        enter(start);
        while (!frames_.empty()) {
            Frame& frame = frames_.back();
            const std::uint32_t node = frame.node;
            if (frame.edge < edges_[node].size()) {
                const std::uint32_t next = edges_[node][frame.edge++];
                if (index_[next] == k_none)
                    enter(next);  // invalidates `frame`
                else if (component_[next] == k_none)
                    low_[node] = std::min(low_[node], index_[next]);
            } else {
                leave(node);
            }
        }
    }

    void enter(std::uint32_t node) {
        index_[node] = low_[node] = clock_++;
        open_.push_back(node);
        frames_.push_back({node, 0});
    }

    void leave(std::uint32_t node) {
        frames_.pop_back();
        if (!frames_.empty()) low_[frames_.back().node] = std::min(low_[frames_.back().node], low_[node]);
        if (low_[node] != index_[node]) return;
        for (std::uint32_t member = k_none; member != node;) {
            member = open_.back();
            open_.pop_back();
            component_[member] = count_;
        }
        ++count_;
    }

    const Parents& edges_;
    std::vector<std::uint32_t> index_;
    std::vector<std::uint32_t> low_;
    std::vector<std::uint32_t> component_;
    std::vector<std::uint32_t> open_;
    std::vector<Frame> frames_;
    std::uint32_t clock_ = 0;
    std::uint32_t count_ = 0;
};

// A shortest way from `start` along children that stay in its component, back to it. `came_from` is all
// k_none, and is used by no other component.
std::vector<std::uint32_t> shortest_cycle(std::uint32_t start, const Parents& children,
                                          const Components& components,
                                          std::vector<std::uint32_t>& came_from) {
    std::vector<std::uint32_t> front{start};
    for (std::size_t next = 0; next < front.size(); ++next) {
        const std::uint32_t node = front[next];
        for (const std::uint32_t child : children[node]) {
            if (components.of(child) != components.of(start) || child == node) continue;
            if (child == start) {
                std::vector<std::uint32_t> cycle;
                for (std::uint32_t step = node; step != start; step = came_from[step]) cycle.push_back(step);
                cycle.push_back(start);
                std::reverse(cycle.begin(), cycle.end());
                return cycle;
            }
            if (came_from[child] != k_none) continue;
            came_from[child] = node;
            front.push_back(child);
        }
    }
    return {};
}

}  // namespace

std::vector<std::uint32_t> topological_order(const Parents& parents) {
    const Parents children = children_of(parents);
    std::vector<std::size_t> missing(parents.size());
    std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>> ready;
    for (std::uint32_t node = 0; node < parents.size(); ++node) {
        missing[node] = parents[node].size();
        if (missing[node] == 0) ready.push(node);
    }
    std::vector<std::uint32_t> order;
    order.reserve(parents.size());
    while (!ready.empty()) {
        const std::uint32_t node = ready.top();
        ready.pop();
        order.push_back(node);
        for (const std::uint32_t child : children[node])
            if (--missing[child] == 0) ready.push(child);
    }
    return order;
}

std::vector<std::vector<std::uint32_t>> cycles(const Parents& parents) {
    const Components components{parents};
    std::vector<std::uint32_t> sizes(components.count());
    for (std::uint32_t node = 0; node < parents.size(); ++node) ++sizes[components.of(node)];
    if (std::all_of(sizes.begin(), sizes.end(), [](std::uint32_t size) { return size == 1; })) return {};

    const Parents children = children_of(parents);
    std::vector<std::uint32_t> came_from(parents.size(), k_none);
    std::vector<bool> done(components.count());
    std::vector<std::vector<std::uint32_t>> result;
    for (std::uint32_t node = 0; node < parents.size(); ++node) {
        const std::uint32_t component = components.of(node);
        if (sizes[component] == 1 || done[component]) continue;
        done[component] = true;
        result.push_back(shortest_cycle(node, children, components, came_from));
    }
    return result;
}

}  // namespace sbraid

// Longest path from the roots, then boxes that have more children than parents sink to just above their
// first child, which shortens more wires than it lengthens. Where a layer would be too wide to be read, the
// boxes are dealt out into rows instead, like jobs on a machine with a limit: those that follow what stands
// just above come first, so that parallel chains stay together, and a row is never wider than the limit.

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "graph.hpp"
#include "layout_network.hpp"

namespace sbraid::layout_steps {
namespace {

constexpr double k_least_limit = 1600;  // about the width of a screen
constexpr double k_aspect = 2;          // width to height that a large drawing may have
constexpr double k_row_height = 110;    // a box and what is usually above it
constexpr double k_slack = 2;           // a layer a little too wide is better than a broken one
constexpr double k_gap = 22;

struct Neighbours {
    Parents parents, children;
};

Neighbours neighbours_of(std::size_t boxes, const std::vector<LayoutWire>& wires) {
    Neighbours result{Parents(boxes), Parents(boxes)};
    for (const LayoutWire& wire : wires) {
        result.parents[wire.to].push_back(wire.from);
        result.children[wire.from].push_back(wire.to);
    }
    return result;
}

std::vector<Index> longest_paths(const std::vector<Index>& order, const Parents& parents) {
    std::vector<Index> layers(parents.size(), 0);
    for (const Index box : order) {
        for (const Index parent : parents[box]) layers[box] = std::max(layers[box], layers[parent] + 1);
    }
    return layers;
}

void sink(std::vector<Index>& layers, const std::vector<Index>& order, const Neighbours& neighbours) {
    for (auto box = order.rbegin(); box != order.rend(); ++box) {
        const auto& children = neighbours.children[*box];
        if (children.size() <= neighbours.parents[*box].size()) continue;
        Index first = k_none;
        for (const Index child : children) first = std::min(first, layers[child]);
        layers[*box] = first - 1;
    }
}

std::vector<double> widths_of_layers(const std::vector<Index>& layers, const std::vector<LayoutBox>& boxes) {
    std::vector<double> widths;
    for (std::size_t box = 0; box < boxes.size(); ++box) {
        if (layers[box] >= widths.size()) widths.resize(layers[box] + 1, 0);
        widths[layers[box]] += boxes[box].width + k_gap;
    }
    return widths;
}

std::vector<Index> deal_into_rows(const std::vector<LayoutBox>& boxes, const Neighbours& neighbours,
                                  double limit) {
    std::vector<Index> rows(boxes.size(), 0);
    std::vector<std::size_t> open(boxes.size());  // parents that stand in no row yet
    using Ready = std::pair<Index, Index>;        // how long ago its last parent got its row, box
    std::set<Ready> ready;
    for (Index box = 0; box < boxes.size(); ++box) {
        open[box] = neighbours.parents[box].size();
        if (open[box] == 0) ready.emplace(k_none, box);
    }
    for (Index row = 0; !ready.empty(); ++row) {
        std::vector<Index> dealt;
        double width = 0;
        while (!ready.empty()) {
            const Index box = ready.begin()->second;
            width += boxes[box].width + k_gap;
            if (!dealt.empty() && width > limit) break;
            ready.erase(ready.begin());
            rows[box] = row;
            dealt.push_back(box);
        }
        for (const Index box : dealt) {
            for (const Index child : neighbours.children[box]) {
                if (--open[child] == 0) ready.emplace(k_none - 1 - row, child);
            }
        }
    }
    return rows;
}

}  // namespace

double width_limit(const std::vector<LayoutBox>& boxes) {
    double area = 0;
    for (const LayoutBox& box : boxes) area += (box.width + k_gap) * k_row_height;
    return std::max(k_least_limit, std::sqrt(k_aspect * area));
}

std::vector<Index> assign_layers(const std::vector<LayoutBox>& boxes, const std::vector<LayoutWire>& wires) {
    const Neighbours neighbours = neighbours_of(boxes.size(), wires);
    const std::vector<Index> order = topological_order(neighbours.parents);
    std::vector<Index> layers = longest_paths(order, neighbours.parents);
    sink(layers, order, neighbours);
    const auto widths = widths_of_layers(layers, boxes);
    const double widest = widths.empty() ? 0 : *std::max_element(widths.begin(), widths.end());
    const double limit = width_limit(boxes);
    if (widest <= k_slack * limit) return layers;
    // As many rows as it takes, but of even width.
    const double even = widest / std::ceil(widest / limit);
    double widest_box = 0;
    for (const LayoutBox& box : boxes) widest_box = std::max(widest_box, box.width);
    return deal_into_rows(boxes, neighbours, std::min(limit, even + widest_box / 2));
}

}  // namespace sbraid::layout_steps

// What hangs together is drawn by itself (layout_network.hpp has the steps), and the drawings are put side by
// side like words in a paragraph: in the order of their first boxes, on a new line when one is full.

#include "graph_layout.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "layout_network.hpp"

namespace sbraid {
namespace {

using namespace layout_steps;

constexpr double k_gap_beside = 22;
constexpr double k_gap_below = 48;

/// Some of the boxes, and the wires between them, with their numbers in the whole.
struct Component {
    std::vector<Index> box_numbers, wire_numbers;
    std::vector<LayoutBox> boxes;
    std::vector<LayoutWire> wires;
};

Index representative(std::vector<Index>& above, Index box) {
    while (above[box] != box) box = above[box] = above[above[box]];
    return box;
}

/// What hangs together, by the first box.
std::vector<Component> components_of(const std::vector<LayoutBox>& boxes,
                                     const std::vector<LayoutWire>& wires) {
    std::vector<Index> above(boxes.size());
    std::iota(above.begin(), above.end(), 0U);
    for (const LayoutWire& wire : wires) {
        const Index from = representative(above, wire.from);
        const Index to = representative(above, wire.to);
        above[std::max(from, to)] = std::min(from, to);
    }
    std::vector<Component> components;
    std::vector<Index> component(boxes.size());  // of a box; its representative comes before it
    std::vector<Index> number(boxes.size());     // of the box in its component
    for (Index box = 0; box < boxes.size(); ++box) {
        const Index first = representative(above, box);
        if (first == box) {
            component[box] = static_cast<Index>(components.size());
            components.emplace_back();
        }
        component[box] = component[first];
        Component& one = components[component[box]];
        number[box] = static_cast<Index>(one.boxes.size());
        one.box_numbers.push_back(box);
        one.boxes.push_back(boxes[box]);
    }
    for (Index wire = 0; wire < wires.size(); ++wire) {
        Component& one = components[component[wires[wire].from]];
        one.wire_numbers.push_back(wire);
        one.wires.push_back(wires[wire]);
        one.wires.back().from = number[wires[wire].from];
        one.wires.back().to = number[wires[wire].to];
    }
    return components;
}

GraphLayout layout_of(const Component& component) {
    Network network =
        make_network(component.boxes, component.wires, assign_layers(component.boxes, component.wires));
    reduce_crossings(network);
    return draw(network, component.boxes, component.wires);
}

void put(const Component& component, GraphLayout drawn, const LayoutPoint& where, GraphLayout& into) {
    for (std::size_t i = 0; i < component.box_numbers.size(); ++i) {
        into.corners[component.box_numbers[i]] = {drawn.corners[i].x + where.x, drawn.corners[i].y + where.y};
    }
    for (LayoutPiece& piece : drawn.pieces) {
        for (LayoutPoint& point : piece.points) point = {point.x + where.x, point.y + where.y};
        for (std::uint32_t& wire : piece.wires) wire = component.wire_numbers[wire];
        into.pieces.push_back(std::move(piece));
    }
    into.width = std::max(into.width, where.x + drawn.width);
    into.height = std::max(into.height, where.y + drawn.height);
}

}  // namespace

GraphLayout layout(const std::vector<LayoutBox>& boxes, const std::vector<LayoutWire>& wires) {
    GraphLayout whole;
    whole.boxes = widened(boxes, wires);
    whole.corners.resize(boxes.size());
    const double limit = width_limit(whole.boxes);
    LayoutPoint next;
    double line_height = 0;
    for (const Component& component : components_of(whole.boxes, wires)) {
        GraphLayout drawn = layout_of(component);
        if (next.x > 0 && next.x + drawn.width > limit) {
            next = {0, next.y + line_height + k_gap_below};
            line_height = 0;
        }
        line_height = std::max(line_height, drawn.height);
        const double width = drawn.width;
        put(component, std::move(drawn), next, whole);
        next.x += width + k_gap_beside;
    }
    return whole;
}

}  // namespace sbraid

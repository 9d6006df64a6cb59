// Layers below each other, further apart where links run far to the side between them; boxes at the top of
// their layer. A link runs as a curve between the layers and vertically everywhere else, so it cannot meet a
// box.

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "layout_network.hpp"

namespace sbraid::layout_steps {
namespace {

constexpr double k_least_slot = 14;    // between two wires that arrive at one box
constexpr double k_label_offset = 16;  // the wire, and some air on both sides of its label
constexpr double k_box_margin = 6;     // of the slots in the width of the box
constexpr double k_most_shift = 20;    // of the slots from the middle of the box
constexpr double k_least_drop = 26;    // of the curves between two layers
constexpr double k_most_drop = 150;

/// Where the wires of one kind leave or arrive at a box.
struct Slot {
    Index kind = 0;
    double width = 0;
    double wish = 0;  // the mean column of what is at their other ends
};

double slot_width(double label_width) {
    return label_width > 0 ? std::max(k_least_slot, label_width + k_label_offset) : k_least_slot;
}

class Drawing {
  public:
    Drawing(const Network& network, std::vector<LayoutBox> boxes, const std::vector<LayoutWire>& wires)
        : network_(network), wires_(wires), columns_(assign_columns(network)) {
        result_.boxes = std::move(boxes);
        start_at_zero();
        find_ports();
        stack_layers();
        place_boxes();
        for (Index wire = 0; wire < wires.size(); ++wire) draw(wire);
    }
    GraphLayout take() { return std::move(result_); }

  private:
    struct Layer {
        double top = 0;
        double bottom = 0;
    };

    void start_at_zero() {
        if (columns_.empty()) return;
        double left = columns_.front();
        double right = left;
        for (std::size_t v = 0; v < columns_.size(); ++v) {
            const double half = network_.vertices[v].width / 2;
            left = std::min(left, columns_[v] - half);
            right = std::max(right, columns_[v] + half);
        }
        for (double& x : columns_) x -= left;
        result_.width = right - left;
    }

    void find_ports() {
        starts_.resize(network_.links.size());
        ends_.resize(network_.links.size());
        for (const LayoutWire& wire : wires_) {
            if (wire.kind >= label_widths_.size()) label_widths_.resize(wire.kind + 1, 0);
            label_widths_[wire.kind] = wire.label_width;
        }
        // What arrives can be aligned with where it left.
        for (const bool arriving : {false, true}) {
            for (Index vertex = 0; vertex < network_.vertices.size(); ++vertex) {
                const auto& links = arriving ? network_.up[vertex] : network_.down[vertex];
                if (!network_.vertices[vertex].is_bend()) {
                    arrange_slots(vertex, links, arriving);
                    continue;
                }
                for (const Index link : links) (arriving ? ends_ : starts_)[link] = columns_[vertex];
            }
        }
    }

    [[nodiscard]] std::vector<Slot> slots_of(const std::vector<Index>& links, bool arriving) const {
        std::map<Index, std::vector<double>> others;  // columns, by kind
        for (const Index link : links) {
            const Link& one = network_.links[link];
            others[one.kind].push_back(arriving ? starts_[link] : columns_[one.to]);
        }
        std::vector<Slot> slots;
        for (const auto& [kind, columns] : others) {
            double sum = 0;
            for (const double x : columns) sum += x;
            slots.push_back({kind, arriving ? slot_width(label_widths_[kind]) : k_least_slot,
                             sum / static_cast<double>(columns.size())});
        }
        std::stable_sort(slots.begin(), slots.end(),
                         [](const Slot& a, const Slot& b) { return a.wish < b.wish; });
        return slots;
    }

    /// From left to right by where the wires come from (go to), about the middle of the box, or a little
    /// beside it where that makes a line straight.
    void arrange_slots(Index vertex, const std::vector<Index>& links, bool arriving) {
        const std::vector<Slot> slots = slots_of(links, arriving);
        double width = 0;
        for (const Slot& slot : slots) width += slot.width;
        double left = columns_[vertex] - width / 2 + k_least_slot / 2;
        left += straightening_shift(slots, left, (network_.vertices[vertex].width - width) / 2);
        for (const Slot& slot : slots) {
            for (const Index link : links) {
                if (network_.links[link].kind == slot.kind) (arriving ? ends_ : starts_)[link] = left;
            }
            left += slot.width;
        }
    }

    [[nodiscard]] static double straightening_shift(const std::vector<Slot>& slots, double at, double room) {
        const double most = std::min(room - k_box_margin, k_most_shift);
        double shift = most + 1;
        for (const Slot& slot : slots) {
            if (std::abs(slot.wish - at) < std::abs(shift)) shift = slot.wish - at;
            at += slot.width;
        }
        return std::abs(shift) <= most ? shift : 0;
    }

    void stack_layers() {
        std::vector<double> spans(network_.layers.size() + 1, 0);  // of the links that end in each layer
        for (Index link = 0; link < network_.links.size(); ++link) {
            double& span = spans[network_.vertices[network_.links[link].to].layer];
            span = std::max(span, std::abs(ends_[link] - starts_[link]));
        }
        double y = 0;
        for (std::size_t i = 0; i < network_.layers.size(); ++i) {
            if (i > 0) y += std::clamp(spans[i] / 8, k_least_drop, k_most_drop) + k_layout_landing;
            double height = 0;
            for (const Index vertex : network_.layers[i]) {
                if (!network_.vertices[vertex].is_bend()) {
                    height = std::max(height, result_.boxes[vertex].height);
                }
            }
            layers_.push_back({y, y + height});
            y += height;
        }
        result_.height = y;
    }

    void place_boxes() {
        result_.corners.resize(result_.boxes.size());
        for (Index box = 0; box < result_.boxes.size(); ++box) {
            result_.corners[box] = {columns_[box] - result_.boxes[box].width / 2, layer_of(box).top};
        }
    }

    [[nodiscard]] const Layer& layer_of(Index vertex) const {
        return layers_[network_.vertices[vertex].layer];
    }

    /// The links of the wire that no wire before it has drawn, a piece for each stretch that the same wires
    /// share.
    void draw(Index wire) {
        const auto& route = network_.routes[wire];
        for (std::size_t i = 0; i < route.size();) {
            // Along a route the wires only join or only leave: as many are the same ones.
            const auto& wires = network_.links[route[i]].wires;
            std::size_t end = i + 1;
            while (end < route.size() && network_.links[route[end]].wires.size() == wires.size()) ++end;
            if (wires.front() == wire) {
                draw_piece({route.begin() + static_cast<std::ptrdiff_t>(i),
                            route.begin() + static_cast<std::ptrdiff_t>(end)});
            }
            i = end;
        }
    }

    /// Several links end at the bend: the stretch through its layer is part of what leaves it, else of what
    /// arrives.
    [[nodiscard]] bool joins_others(Index bend) const { return network_.up[bend].size() > 1; }

    /// Where a piece begins that leaves the vertex.
    [[nodiscard]] double top_of(Index vertex) const {
        const Layer& layer = layer_of(vertex);
        if (!network_.vertices[vertex].is_bend()) return layer.top + result_.boxes[vertex].height;
        return joins_others(vertex) ? layer.top - k_layout_landing : layer.bottom;
    }

    void draw_piece(const std::vector<Index>& links) {
        const Link& first = network_.links[links.front()];
        const Index start = first.from;
        LayoutPiece piece;
        piece.wires = first.wires;
        const double x = starts_[links.front()];
        piece.points = {{x, top_of(start)}, {x, layer_of(start).bottom}};
        for (const Index link : links) {
            const Index to = network_.links[link].to;
            const double landing = layer_of(to).top - k_layout_landing;
            const bool bend = network_.vertices[to].is_bend();
            const bool ends_there = link == links.back() && bend && joins_others(to);
            piece.points.push_back({ends_[link], landing});
            piece.points.push_back({ends_[link], ends_there ? landing
                                                 : bend     ? layer_of(to).bottom
                                                            : layer_of(to).top});
            piece.arrives = !bend;
        }
        result_.pieces.push_back(std::move(piece));
    }

    const Network& network_;
    const std::vector<LayoutWire>& wires_;
    std::vector<double> columns_;        // of the vertices
    std::vector<double> starts_, ends_;  // the x of the links
    std::vector<double> label_widths_;   // of the kinds
    std::vector<Layer> layers_;
    GraphLayout result_;
};

}  // namespace

std::vector<LayoutBox> widened(std::vector<LayoutBox> boxes, const std::vector<LayoutWire>& wires) {
    std::map<std::pair<Index, Index>, double> arriving;
    std::map<std::pair<Index, Index>, double> leaving;
    for (const LayoutWire& wire : wires) {
        arriving[{wire.to, wire.kind}] = slot_width(wire.label_width);
        leaving[{wire.from, wire.kind}] = k_least_slot;
    }
    for (const auto& side : {arriving, leaving}) {
        std::vector<double> needed(boxes.size(), 2 * k_box_margin);
        for (const auto& [slot, width] : side) needed[slot.first] += width;
        for (std::size_t i = 0; i < boxes.size(); ++i) boxes[i].width = std::max(boxes[i].width, needed[i]);
    }
    return boxes;
}

GraphLayout draw(const Network& network, std::vector<LayoutBox> boxes, const std::vector<LayoutWire>& wires) {
    return Drawing(network, std::move(boxes), wires).take();
}

}  // namespace sbraid::layout_steps

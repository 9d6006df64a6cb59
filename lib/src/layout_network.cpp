// A wire over several layers is cut into links by bends. Wires of one kind share their bends: with all that
// lead to the same box, or with all that leave the same box, whichever are more; so a join of a hundred tasks
// is one line with a hundred branches. What hangs on a trunk has one end of it in common, which is why a
// drawing with trunks can still be read.

#include "layout_network.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace sbraid::layout_steps {
namespace {

constexpr double k_bend_width = 8;
constexpr std::size_t k_most_visits = 1'000'000;  // of vertices in all passes; some 100 ns each

using End = std::pair<Index, Index>;  // box, kind

class Cutter {
  public:
    Cutter(Network& network, const std::vector<LayoutWire>& wires) : network_(network), wires_(wires) {
        for (const LayoutWire& wire : wires) {
            if (layer(wire.to) - layer(wire.from) < 2) continue;
            ++leaving_[End{wire.from, wire.kind}];
            ++arriving_[End{wire.to, wire.kind}];
        }
    }

    void cut(Index wire) {
        const LayoutWire& w = wires_[wire];
        Index at = w.from;
        for (Index l = layer(w.from) + 1; l < layer(w.to); ++l) {
            const Index next = bend(w, l);
            pass(wire, at, next);
            at = next;
        }
        pass(wire, at, w.to);
    }

  private:
    [[nodiscard]] Index layer(Index box) const { return network_.vertices[box].layer; }

    /// Where the wire crosses the layer.
    Index bend(const LayoutWire& wire, Index in_layer) {
        const bool joins = arriving_.at(End{wire.to, wire.kind}) >= leaving_.at(End{wire.from, wire.kind});
        const auto key = std::tuple{joins, joins ? wire.to : wire.from, wire.kind, in_layer};
        const auto [known, is_new] = bends_.try_emplace(key, static_cast<Index>(network_.vertices.size()));
        if (is_new) {
            network_.vertices.push_back({.layer = in_layer, .box = k_none, .width = k_bend_width});
        }
        return known->second;
    }

    void pass(Index wire, Index from, Index to) {
        const Index kind = wires_[wire].kind;
        const auto [known, is_new] =
            links_.try_emplace(std::tuple{from, to, kind}, static_cast<Index>(network_.links.size()));
        if (is_new) network_.links.push_back({.from = from, .to = to, .kind = kind, .wires = {}});
        network_.links[known->second].wires.push_back(wire);
        network_.routes[wire].push_back(known->second);
    }

    Network& network_;
    const std::vector<LayoutWire>& wires_;
    std::map<End, std::size_t> leaving_, arriving_;  // wires over more than one layer
    std::map<std::tuple<bool, Index, Index, Index>, Index> bends_;
    std::map<std::tuple<Index, Index, Index>, Index> links_;
};

}  // namespace

Network make_network(const std::vector<LayoutBox>& boxes, const std::vector<LayoutWire>& wires,
                     const std::vector<Index>& layer_of_box) {
    Network network;
    network.routes.resize(wires.size());
    for (Index box = 0; box < boxes.size(); ++box) {
        network.vertices.push_back({.layer = layer_of_box[box], .box = box, .width = boxes[box].width});
    }
    Cutter cutter(network, wires);
    for (Index wire = 0; wire < wires.size(); ++wire) cutter.cut(wire);

    network.up.resize(network.vertices.size());
    network.down.resize(network.vertices.size());
    for (Index link = 0; link < network.links.size(); ++link) {
        network.down[network.links[link].from].push_back(link);
        network.up[network.links[link].to].push_back(link);
    }
    for (Index vertex = 0; vertex < network.vertices.size(); ++vertex) {
        const Index layer = network.vertices[vertex].layer;
        if (layer >= network.layers.size()) network.layers.resize(layer + 1);
        network.layers[layer].push_back(vertex);
    }
    return network;
}

int passes(const Network& network, int most) {
    const std::size_t affordable = k_most_visits / std::max<std::size_t>(network.vertices.size(), 1);
    return static_cast<int>(std::clamp<std::size_t>(affordable, 1, static_cast<std::size_t>(most)));
}

double gap_between(const Vertex& left, const Vertex& right) {
    if (left.is_bend() && right.is_bend()) return 6;
    return left.is_bend() || right.is_bend() ? 14 : 22;
}

}  // namespace sbraid::layout_steps

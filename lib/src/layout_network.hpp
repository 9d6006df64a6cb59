#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "graph_layout.hpp"

// The steps of layout(): boxes get layers, wires become links between neighbouring layers, layers get an
// order, and what stands in them gets columns.

namespace sbraid::layout_steps {

using Index = std::uint32_t;
inline constexpr Index k_none = std::numeric_limits<Index>::max();

/// A box, or the place where a trunk crosses a layer.
struct Vertex {
    Index layer = 0;
    Index box = k_none;  ///< k_none: a bend
    double width = 0;
    [[nodiscard]] bool is_bend() const { return box == k_none; }
};

/// From a vertex to one of the next layer.
struct Link {
    Index from = 0;
    Index to = 0;
    Index kind = 0;
    std::vector<Index> wires;  ///< that run along it, ascending
};

/// Vertices 0…n-1 are the boxes.
struct Network {
    std::vector<Vertex> vertices;
    std::vector<Link> links;
    std::vector<std::vector<Index>> up, down;  ///< of each vertex: its links from above, to below
    std::vector<std::vector<Index>> routes;    ///< of each wire: its links from top to bottom
    std::vector<std::vector<Index>> layers;    ///< the vertices of each, from left to right
};

/// The layer of each box, each below those of its parents; none without a box.
[[nodiscard]] std::vector<Index> assign_layers(const std::vector<LayoutBox>& boxes,
                                               const std::vector<LayoutWire>& wires);

/// The vertices of each layer stand as they come.
[[nodiscard]] Network make_network(const std::vector<LayoutBox>& boxes, const std::vector<LayoutWire>& wires,
                                   const std::vector<Index>& layer_of_box);

/// How often to go over the whole: `most` times, but no more than is worth it. A drawing of a hundred
/// thousand vertices is looked at in parts, and each time takes as long as the whole of a drawing that is
/// not.
[[nodiscard]] int passes(const Network& network, int most);

/// Reorders the layers so that few links cross.
void reduce_crossings(Network& network);

/// How often links cross as the layers are ordered.
[[nodiscard]] std::uint64_t count_crossings(const Network& network);

/// The x of the middle of each vertex, in the order of its layer, with room between.
[[nodiscard]] std::vector<double> assign_columns(const Network& network);

/// Boxes wide enough for what leaves them and what arrives.
[[nodiscard]] std::vector<LayoutBox> widened(std::vector<LayoutBox> boxes,
                                             const std::vector<LayoutWire>& wires);

/// What has layers, an order and columns, as geometry.
[[nodiscard]] GraphLayout draw(const Network& network, std::vector<LayoutBox> boxes,
                               const std::vector<LayoutWire>& wires);

/// The width that a drawing of these boxes should have at most, so that it is not much wider than high.
[[nodiscard]] double width_limit(const std::vector<LayoutBox>& boxes);

/// Least distance of the edges of two neighbours in a layer.
[[nodiscard]] double gap_between(const Vertex& left, const Vertex& right);

}  // namespace sbraid::layout_steps

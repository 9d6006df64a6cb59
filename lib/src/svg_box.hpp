#pragma once

#include <string>
#include <vector>

#include "graph_layout.hpp"
#include "sbraid/graph_view.hpp"

namespace sbraid::svg {

/// The boxes of all nodes, large enough for their text: as high as each other, but for those with states in
/// several lines, and mostly as wide.
[[nodiscard]] std::vector<LayoutBox> boxes_of(const GraphView& view);

/// One node in the box that the layout has made of it.
[[nodiscard]] std::string draw_box(const GraphNode& node, const LayoutPoint& corner, const LayoutBox& box);

}  // namespace sbraid::svg

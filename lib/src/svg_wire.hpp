#pragma once

#include <string>
#include <string_view>

#include "graph_layout.hpp"
#include "sbraid/edge.hpp"

namespace sbraid::svg {

/// A line in the pattern of the kind. `path`: what a <path> has as d. `title` may be empty.
[[nodiscard]] std::string draw_line(EdgeKind kind, const std::string& path, std::string_view title);

/// The path of a piece; short of the tip of its arrowhead, which is thinner than the line.
[[nodiscard]] std::string path_of(const LayoutPiece& piece);

/// Pointing down, or to the right; hollow where one of several edges is enough.
[[nodiscard]] std::string draw_arrowhead(EdgeKind kind, bool hollow, const LayoutPoint& tip, bool to_right);

}  // namespace sbraid::svg

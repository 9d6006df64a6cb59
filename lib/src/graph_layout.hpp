#pragma once

#include <cstdint>
#include <vector>

// A layered drawing of a graph: where boxes stand and how the wires between them run. Knows nothing of tasks.

namespace sbraid {

struct LayoutBox {
    double width = 0;
    double height = 0;
};

/// A directed edge. Wires of one kind that come to (or leave) the same box over a distance share a trunk.
struct LayoutWire {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    std::uint32_t kind = 0;
    double label_width = 0;  ///< of a text beside its arrowhead; 0: none. The same for all of a kind.
};

struct LayoutPoint {
    double x = 0;
    double y = 0;
    friend bool operator==(const LayoutPoint&, const LayoutPoint&) = default;
};

/// A stretch that is drawn once, whatever number of wires runs along it.
struct LayoutPiece {
    /// An even number: a straight vertical line from the first to the second, a curve to the third that is
    /// vertical at both ends, a straight vertical line to the fourth, and so on; lines may have no length.
    std::vector<LayoutPoint> points;
    std::vector<std::uint32_t> wires;  ///< ascending
    bool arrives = false;              ///< ends at the top of the box that all its wires lead to
};

struct GraphLayout {
    std::vector<LayoutPoint> corners;  ///< of the boxes: left, top
    std::vector<LayoutBox> boxes;      ///< at least as wide as asked for: wires need room to arrive
    std::vector<LayoutPiece> pieces;
    double width = 0;
    double height = 0;
};

/// Every wire runs downwards from the bottom of its box to the top of the other; no boxes overlap and no wire
/// crosses one; labels have their room to the right of the wire's last stretch, within the width of the box.
/// Layers too wide to be read are broken into rows. The same graph gives the same drawing.
/// The wires must make no cycle. O((n + w) log n) for n boxes and w wires, times the layers that they span.
[[nodiscard]] GraphLayout layout(const std::vector<LayoutBox>& boxes, const std::vector<LayoutWire>& wires);

/// Height of the last straight stretch of a wire: where its arrowhead and its label are.
inline constexpr double k_layout_landing = 22;

}  // namespace sbraid

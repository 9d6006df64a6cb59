// A title, a legend with the kinds of edges that there are, and the graph: wires first, then boxes, then the
// labels of wires. Each box and each stretch of a wire has a <title>, which viewers show when the pointer
// rests on it. Printed, it is one page of its own size, which printers scale to their paper.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "graph_layout.hpp"
#include "graph_style.hpp"
#include "sbraid/graph_view.hpp"
#include "svg_box.hpp"
#include "svg_elements.hpp"
#include "svg_wire.hpp"
#include "text_width.hpp"

namespace sbraid {
namespace {

using namespace svg;

constexpr double k_margin = 24;
constexpr double k_title_size = 16;
constexpr double k_header_height = k_title_size + 22;
constexpr double k_legend_line = 22;
constexpr double k_legend_sample = 44;
constexpr double k_least_legend = 560;  // a legend may be as wide as this, however narrow the graph

/// Edges that look alike and say the same are of one kind to the layout.
std::vector<LayoutWire> wires_of(const GraphView& view) {
    std::map<std::tuple<EdgeKind, bool, std::string>, std::uint32_t> kinds;
    std::vector<LayoutWire> result;
    for (const GraphEdge& edge : view.edges) {
        const std::string note = edge_note(edge);
        const auto kind = kinds.try_emplace(std::tuple{edge.kind, edge.any, note},
                                            static_cast<std::uint32_t>(kinds.size()));
        result.push_back({.from = edge.parent,
                          .to = edge.child,
                          .kind = kind.first->second,
                          .label_width = text_width(note, k_line_size)});
    }
    return result;
}

std::string quantity(std::size_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string counts_of(const GraphView& view) {
    const auto outside = static_cast<std::size_t>(std::count_if(
        view.nodes.begin(), view.nodes.end(), [](const GraphNode& node) { return node.outside; }));
    std::string text = fmt::format("{}, {}", quantity(view.nodes.size() - outside, "task"),
                                   quantity(view.edges.size(), "edge"));
    if (outside > 0) text += fmt::format(", {} outside", quantity(outside, "job"));
    return text;
}

std::string_view meaning_of(EdgeKind kind) {
    switch (kind) {
        case EdgeKind::afterok:
            return "afterok: it succeeded";
        case EdgeKind::afterany:
            return "afterany: it has ended";
        case EdgeKind::afternotok:
            return "afternotok: it failed";
        case EdgeKind::after:
            return "after: it has started";
        case EdgeKind::aftercorr:
            return "aftercorr: element by element";
    }
    return {};
}

struct Legend {
    std::string text;
    double width = 0;
    double height = 0;
};

/// In lines no wider than the graph.
Legend legend_of(const GraphView& view, double graph_width) {
    std::set<std::pair<EdgeKind, bool>> kinds;
    for (const GraphEdge& edge : view.edges) kinds.emplace(edge.kind, edge.any);
    Legend legend;
    double x = 0;
    for (const auto& [kind, any] : kinds) {
        const std::string words = fmt::format("{}{}", meaning_of(kind), any ? ", one is enough" : "");
        const double width = k_legend_sample + 8 + text_width(words, k_line_size);
        if (legend.height == 0 || x + width > std::max(graph_width, k_least_legend)) {
            x = 0;
            legend.height += k_legend_line;
        }
        const LayoutPoint left{k_margin + x, k_margin + k_header_height + legend.height - 10};
        const double tip = left.x + k_legend_sample;
        legend.text += draw_line(kind, fmt::format("M{}H{}", at(left), number(tip - 7)), "");
        legend.text += draw_arrowhead(kind, any, {tip, left.y}, true);
        legend.text += text({tip + 8, left.y + 4}, words, {});
        legend.width = std::max(legend.width, x + width);
        x += width + 18;
    }
    return legend;
}

std::string header_of(const GraphView& view) {
    return text({k_margin, k_margin + k_title_size - 3}, title_of(view),
                {.size = k_title_size, .attributes = "font-weight=\"bold\""}) +
           text({k_margin, k_margin + k_title_size + 16}, counts_of(view),
                {.size = 12, .colour = k_weak_ink});
}

std::string title_of_piece(const GraphView& view, const LayoutPiece& piece) {
    constexpr std::size_t k_most = 12;
    std::string title;
    for (std::size_t i = 0; i < piece.wires.size() && i < k_most; ++i) {
        const GraphEdge& edge = view.edges[piece.wires[i]];
        const std::string note = edge_note(edge);
        title += fmt::format("{}{}: {}{}{} → {}", i == 0 ? "" : "\n", to_string(edge.kind),
                             heading_of(view.nodes[edge.parent]), note.empty() ? "" : " ", note,
                             heading_of(view.nodes[edge.child]));
    }
    if (piece.wires.size() > k_most) title += fmt::format("\nand {} more", piece.wires.size() - k_most);
    return title;
}

std::string graph_of(const GraphView& view, const GraphLayout& drawn) {
    std::string result;
    std::string heads;
    std::string labels;
    for (const LayoutPiece& piece : drawn.pieces) {
        const GraphEdge& edge = view.edges[piece.wires.front()];
        result += draw_line(edge.kind, path_of(piece), title_of_piece(view, piece));
        if (!piece.arrives) continue;
        const LayoutPoint tip = piece.points.back();
        heads += draw_arrowhead(edge.kind, edge.any, tip, false);
        const std::string note = edge_note(edge);
        if (note.empty()) continue;
        labels += text({tip.x + 7, tip.y - 6}, note,
                       {.attributes = R"(paint-order="stroke" stroke="#fff" stroke-width="3")"});
    }
    result += heads;
    for (std::size_t i = 0; i < view.nodes.size(); ++i) {
        result += draw_box(view.nodes[i], drawn.corners[i], drawn.boxes[i]);
    }
    return result + labels;
}

}  // namespace

std::string to_svg(const GraphView& view) {
    const GraphLayout drawn = layout(boxes_of(view), wires_of(view));
    const Legend legend = legend_of(view, drawn.width);
    const double inner = std::max({drawn.width, legend.width, text_width(title_of(view), k_title_size)});
    const double width = std::ceil(inner + 2 * k_margin);
    const LayoutPoint origin{(width - drawn.width) / 2, k_margin + k_header_height + legend.height + 14};
    const double height = std::ceil(origin.y + drawn.height + k_margin);
    std::string result = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
        "role=\"img\" font-family=\"Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif\">\n"
        "<title>{2}</title>\n"
        "<style>@page {{ size: {0}px {1}px; margin: 0; }}</style>\n"
        "<rect width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>\n",
        number(width), number(height), escaped(title_of(view)));
    result += header_of(view) + legend.text;
    result += fmt::format("<g transform=\"translate({})\">\n", at(origin));
    return result + graph_of(view, drawn) + "</g>\n</svg>\n";
}

}  // namespace sbraid

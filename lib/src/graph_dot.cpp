// Names stand in quotes, where DOT knows two escapes that matter, \" and \\; a label's \n is its own line
// break. The kinds of edges have the patterns that the SVG has, as far as DOT knows them.

#include <fmt/format.h>

#include "graph_style.hpp"
#include "sbraid/graph_view.hpp"
#include "sound_utf8.hpp"

namespace sbraid {
namespace {

/// Without the quotes around it.
std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : to_utf8(text)) {
        if (c == '"' || c == '\\') result += '\\';
        result += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
    return result;
}

std::string style_of(EdgeKind kind) {
    switch (kind) {
        case EdgeKind::afterok:
            return "solid";
        case EdgeKind::afterany:
        case EdgeKind::after:
            return "dashed";
        case EdgeKind::afternotok:
            return "dotted";
        case EdgeKind::aftercorr:
            return "bold";
    }
    return "solid";
}

std::string id_of(const GraphNode& node) {
    return (node.outside ? "job:" : "") + node.name;
}

std::string node_line(const GraphNode& node) {
    std::string label = escaped(heading_of(node));
    for (const std::string& line : {node.condition, node.resources, node.state}) {
        if (!line.empty()) label += "\\n" + escaped(line);
    }
    const Colours colours = colours_of(node.tone);
    const bool dashed = node.outside || node.tone == Tone::idle;
    return fmt::format("  \"{}\" [label=\"{}\", fillcolor=\"{}\", color=\"{}\"{}];\n", escaped(id_of(node)),
                       label, colours.fill, colours.line, dashed ? R"(, style="rounded,filled,dashed")" : "");
}

std::string edge_line(const GraphView& view, const GraphEdge& edge) {
    std::string attributes = fmt::format("style={}, color=\"{}\"", style_of(edge.kind), colour_of(edge.kind));
    if (edge.any) attributes += ", arrowhead=empty";
    if (const std::string label = edge_label(edge); !label.empty()) {
        attributes += fmt::format(", label=\"{}\"", escaped(label));
    }
    return fmt::format("  \"{}\" -> \"{}\" [{}];\n", escaped(id_of(view.nodes[edge.parent])),
                       escaped(id_of(view.nodes[edge.child])), attributes);
}

}  // namespace

std::string to_dot(const GraphView& view) {
    std::string text = fmt::format(
        "digraph \"{}\" {{\n"
        "  graph [label=\"{}\", labelloc=t, fontname=\"Helvetica\"];\n"
        "  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\", fontsize=12];\n"
        "  edge [fontname=\"Helvetica\", fontsize=10];\n",
        escaped(view.workflow), escaped(title_of(view)));
    for (const GraphNode& node : view.nodes) text += node_line(node);
    for (const GraphEdge& edge : view.edges) text += edge_line(view, edge);
    return text + "}\n";
}

}  // namespace sbraid

// Nodes are called n0, n1, …: Mermaid gives meaning to `-`, `.`, `/` and to words such as `end` in an id.
// What people read stands in a quoted label, where `#` begins an entity: so `"`, `#` and what HTML or
// Markdown would take for theirs are written as entities.

#include <fmt/format.h>

#include <set>

#include "graph_style.hpp"
#include "sbraid/graph_view.hpp"
#include "sound_utf8.hpp"

namespace sbraid {
namespace {

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : to_utf8(text)) {
        constexpr std::string_view k_special = "\"#&<>`;\\*_~[]{}|()";
        if (k_special.find(c) != std::string_view::npos) {
            result += fmt::format("#{};", static_cast<int>(c));
        } else {
            result += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
        }
    }
    return result;
}

/// In double quotes, as YAML has them.
std::string title_line(std::string title) {
    for (char& c : title) {
        if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' ') c = '\'';
    }
    return fmt::format("title: \"{}\"\n", to_utf8(title));
}

std::string node_line(std::size_t index, const GraphNode& node) {
    std::string label = fmt::format("<b>{}</b>", escaped(heading_of(node)));
    for (const std::string& line : {node.condition, node.resources, node.state}) {
        if (!line.empty()) label += "<br/>" + escaped(line);
    }
    return fmt::format("    n{}{}\"{}\"{}:::{}\n", index, node.outside ? "([" : "[", label,
                       node.outside ? "])" : "]", to_string(node.tone));
}

std::string_view arrow_of(EdgeKind kind) {
    switch (kind) {
        case EdgeKind::afterok:
            return "-->";
        case EdgeKind::aftercorr:
            return "==>";
        case EdgeKind::afterany:
        case EdgeKind::afternotok:
        case EdgeKind::after:
            return "-.->";
    }
    return "-->";
}

std::string edge_line(const GraphEdge& edge) {
    const std::string label = edge_label(edge);
    return fmt::format("    n{} {}{} n{}\n", edge.parent, arrow_of(edge.kind),
                       label.empty() ? "" : fmt::format("|\"{}\"|", escaped(label)), edge.child);
}

std::string tone_line(Tone tone) {
    const Colours colours = colours_of(tone);
    return fmt::format("    classDef {} fill:{},stroke:{},color:#1a1a1a{}\n", to_string(tone), colours.fill,
                       colours.line, tone == Tone::idle ? ",stroke-dasharray:5 3" : "");
}

}  // namespace

std::string to_mermaid(const GraphView& view) {
    std::string text = "---\n" + title_line(title_of(view)) + "---\nflowchart TD\n";
    std::set<Tone> tones;
    for (std::size_t i = 0; i < view.nodes.size(); ++i) {
        text += node_line(i, view.nodes[i]);
        tones.insert(view.nodes[i].tone);
    }
    for (const GraphEdge& edge : view.edges) text += edge_line(edge);
    for (const Tone tone : tones) text += tone_line(tone);
    return text;
}

}  // namespace sbraid

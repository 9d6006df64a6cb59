#include "graph_style.hpp"

#include <fmt/format.h>

namespace sbraid {

std::string heading_of(const GraphNode& node) {
    if (node.outside) return "job " + node.name;
    return node.elements ? fmt::format("{} ×{}", node.name, *node.elements) : node.name;
}

std::string title_of(const GraphView& view) {
    if (view.run.empty()) return view.workflow;
    return fmt::format("{}: {}{}", view.run, view.phase, view.stale ? " (stale)" : "");
}

Colours colours_of(Tone tone) {
    switch (tone) {
        case Tone::plain:
            return {"#f5f7fa", "#5b6673"};
        case Tone::waiting:
            return {"#ececec", "#757575"};
        case Tone::active:
            return {"#d3e7f6", "#0072b2"};
        case Tone::good:
            return {"#d2efe4", "#00805c"};
        case Tone::bad:
            return {"#fbdcc8", "#c04f00"};
        case Tone::cancelled:
            return {"#f5dcea", "#a8487f"};
        case Tone::idle:
            return {"#ffffff", "#757575"};
        case Tone::odd:
            return {"#fdf0c4", "#8a6d00"};
    }
    return {};
}

std::string_view colour_of(EdgeKind kind) {
    switch (kind) {
        case EdgeKind::afterok:
            return "#4a5560";
        case EdgeKind::afterany:
            return "#0072b2";
        case EdgeKind::afternotok:
            return "#c04f00";
        case EdgeKind::after:
            return "#8a5a9e";
        case EdgeKind::aftercorr:
            return "#00805c";
    }
    return {};
}

}  // namespace sbraid

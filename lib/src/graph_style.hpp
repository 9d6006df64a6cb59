#pragma once

#include <string>
#include <string_view>

#include "sbraid/graph_view.hpp"

// What the forms of a graph have in common.

namespace sbraid {

/// `train ×8`; `job 12345`
[[nodiscard]] std::string heading_of(const GraphNode& node);
/// `finetune`; of a run also its id and its state
[[nodiscard]] std::string title_of(const GraphView& view);

/// `#rrggbb`. Told apart also by those who see no red or no green (after Okabe and Ito), and dark enough on
/// the fill for text.
struct Colours {
    std::string_view fill;
    std::string_view line;
};
[[nodiscard]] Colours colours_of(Tone tone);
[[nodiscard]] std::string_view colour_of(EdgeKind kind);

}  // namespace sbraid

#pragma once

#include <string>
#include <string_view>

#include "graph_layout.hpp"

// Pieces of SVG text. Colours and patterns are attributes, not a style sheet: not every program that shows
// SVG knows those.

namespace sbraid::svg {

inline constexpr std::string_view k_ink = "#1a1a1a";
inline constexpr std::string_view k_weak_ink = "#4d4d4d";
inline constexpr double k_line_size = 11;  // of most text

/// For text and for attributes: bytes that are not UTF-8 become U+FFFD, control characters blanks.
[[nodiscard]] std::string escaped(std::string_view text);
/// With a tenth of a pixel, which is enough.
[[nodiscard]] std::string number(double value);
/// `x y`
[[nodiscard]] std::string at(const LayoutPoint& point);

struct TextStyle {
    double size = k_line_size;
    std::string_view attributes{};
    std::string_view colour = k_ink;
};
/// `where`: its baseline, at its beginning or where the group's text-anchor says.
[[nodiscard]] std::string text(const LayoutPoint& where, std::string_view words, const TextStyle& style);

}  // namespace sbraid::svg

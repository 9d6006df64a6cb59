#include "svg_elements.hpp"

#include <fmt/format.h>

#include "sound_utf8.hpp"

namespace sbraid::svg {

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : to_utf8(text)) {
        switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            default:
                // XML has no other control characters, not even as references.
                result += static_cast<unsigned char>(c) < ' ' && c != '\n' ? ' ' : c;
        }
    }
    return result;
}

std::string number(double value) {
    std::string text = fmt::format("{:.1f}", value);
    if (text.ends_with(".0")) text.resize(text.size() - 2);
    return text == "-0" ? "0" : text;
}

std::string at(const LayoutPoint& point) {
    return number(point.x) + " " + number(point.y);
}

std::string text(const LayoutPoint& where, std::string_view words, const TextStyle& style) {
    return fmt::format("<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\"{}{}>{}</text>\n",
                       number(where.x), number(where.y), number(style.size), style.colour,
                       style.attributes.empty() ? "" : " ", style.attributes, escaped(words));
}

}  // namespace sbraid::svg

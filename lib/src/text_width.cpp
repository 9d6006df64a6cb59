#include "text_width.hpp"

#include <array>
#include <cstdint>
#include <vector>

#include "utf8.hpp"

namespace sbraid {
namespace {

/// Of the printable ASCII characters, from the blank on, in thousandths of the font size: DejaVu Sans Bold,
/// which is wider than Helvetica, Arial, Liberation Sans and DejaVu Sans in each of them.
constexpr std::array<std::uint16_t, 95> k_advances{
    348,  456, 520, 837, 695, 1001, 872, 306, 457, 457, 522, 837, 379,  415, 379, 365, 695,  695, 695,
    695,  695, 695, 695, 695, 695,  399, 399, 837, 837, 837, 580, 1000, 773, 762, 733, 830,  683, 683,
    820,  836, 372, 372, 774, 637,  995, 836, 850, 732, 850, 770, 720,  682, 812, 773, 1103, 770, 724,
    725,  457, 365, 457, 837, 500,  500, 674, 715, 592, 715, 678, 435,  715, 711, 342, 342,  665, 342,
    1041, 711, 687, 715, 715, 493,  595, 478, 711, 651, 923, 645, 651,  582, 711, 365, 711,  837};
constexpr std::uint16_t k_other = 1100;  // ×, …, letters with accents, ideographs
constexpr double k_margin = 1.04;        // for fonts wider still

double advance(std::string_view code_point, double font_size) {
    const auto byte = static_cast<unsigned char>(code_point.front());
    const bool printable = byte >= ' ' && byte - ' ' < static_cast<int>(k_advances.size());
    const auto units = printable ? k_advances.at(byte - static_cast<unsigned char>(' ')) : k_other;
    return units * font_size * k_margin / 1000;
}

}  // namespace

double text_width(std::string_view text, double font_size) {
    double width = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = utf8::code_point_length(text, at);
        width += advance(text.substr(at, length), font_size);
        at += length;
    }
    return width;
}

std::string shortened(std::string_view text, double font_size, double width) {
    constexpr std::string_view k_ellipsis = "…";
    if (text_width(text, font_size) <= width) return std::string(text);
    std::vector<std::string_view> points;
    for (std::size_t at = 0; at < text.size(); at += points.back().size()) {
        points.push_back(text.substr(at, utf8::code_point_length(text, at)));
    }
    // One from the front, one from the back, as long as there is room.
    double left_over = width - advance(k_ellipsis, font_size);
    std::size_t front = 0;
    std::size_t back = points.size();
    for (bool at_front = true; front < back; at_front = !at_front) {
        left_over -= advance(at_front ? points[front] : points[back - 1], font_size);
        if (left_over < 0) break;
        if (at_front) {
            ++front;
        } else {
            --back;
        }
    }
    std::string result;
    for (std::size_t i = 0; i < front; ++i) result += points[i];
    result += k_ellipsis;
    for (std::size_t i = back; i < points.size(); ++i) result += points[i];
    return result;
}

}  // namespace sbraid

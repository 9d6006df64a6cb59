#include "svg_wire.hpp"

#include <fmt/format.h>

#include <cmath>

#include "graph_style.hpp"
#include "svg_elements.hpp"

namespace sbraid::svg {
namespace {

constexpr double k_head_length = 9;
constexpr double k_head_half_width = 4.5;

/// Told apart without colour.
std::string_view pattern_of(EdgeKind kind) {
    switch (kind) {
        case EdgeKind::afterok:
            return R"(stroke-width="1.4")";
        case EdgeKind::afterany:
            return R"(stroke-width="1.6" stroke-dasharray="8 4")";
        case EdgeKind::afternotok:
            return R"(stroke-width="2.2" stroke-dasharray="2 4")";
        case EdgeKind::after:
            return R"(stroke-width="1.6" stroke-dasharray="10 4 2 4")";
        case EdgeKind::aftercorr:
            return R"(stroke-width="4.2")";  // with white in it: a double line
    }
    return {};
}

}  // namespace

std::string draw_line(EdgeKind kind, const std::string& path, std::string_view title) {
    std::string result = fmt::format("<g fill=\"none\" stroke=\"{}\" {}>", colour_of(kind), pattern_of(kind));
    if (!title.empty()) result += fmt::format("<title>{}</title>", escaped(title));
    result += fmt::format("<path d=\"{}\"/>", path);
    if (kind == EdgeKind::aftercorr) {
        result += fmt::format("<path d=\"{}\" stroke=\"#fff\" stroke-width=\"1.6\"/>", path);
    }
    return result + "</g>\n";
}

std::string path_of(const LayoutPiece& piece) {
    const auto& points = piece.points;
    std::string path = "M" + at(points.front());
    double y = points.front().y;  // where the path has come to
    double straight_to = y;       // a vertical line that is not written yet
    const auto finish_line = [&] {
        if (straight_to != y) path += "V" + number(straight_to);
        y = straight_to;
    };
    for (std::size_t i = 1; i < points.size(); ++i) {
        if (std::abs(points[i].x - points[i - 1].x) < 0.05) {
            straight_to = points[i].y;
            continue;
        }
        finish_line();
        const double middle = (y + points[i].y) / 2;
        path += fmt::format("C{} {},{} {},{}", number(points[i - 1].x), number(middle), number(points[i].x),
                            number(middle), at(points[i]));
        y = straight_to = points[i].y;
    }
    if (piece.arrives) straight_to -= k_head_length - 2;
    finish_line();
    return path;
}

std::string draw_arrowhead(EdgeKind kind, bool hollow, const LayoutPoint& tip, bool to_right) {
    const auto corner = [&](double across) {
        return to_right ? LayoutPoint{tip.x - k_head_length, tip.y + across}
                        : LayoutPoint{tip.x + across, tip.y - k_head_length};
    };
    return fmt::format("<path d=\"M{}L{}L{}Z\" fill=\"{}\" stroke=\"{}\" stroke-width=\"1.4\"/>\n",
                       at(corner(-k_head_half_width)), at(tip), at(corner(k_head_half_width)),
                       hollow ? "#fff" : colour_of(kind), colour_of(kind));
}

}  // namespace sbraid::svg

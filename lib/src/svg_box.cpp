// A box has the name and the number of elements, a mixed condition, what the task asks for, and its state;
// each line is as wide as the widest sans-serif font would make it. An array is a stack of two sheets, a job
// outside has rounder corners, and a task without a job a broken line, so that none of it hangs on colour.

#include "svg_box.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "graph_style.hpp"
#include "svg_elements.hpp"
#include "text_width.hpp"

namespace sbraid::svg {
namespace {

constexpr double k_name_size = 13;
constexpr double k_padding = 12;  // left and right of the text
constexpr double k_widest_text = 270;
constexpr double k_least_width = 84;
constexpr double k_most_stretch = 1.5;  // of a box, to be as wide as most
constexpr double k_stack = 4;           // by how much the second sheet of an array shows
constexpr double k_count_gap = 5;       // between a name and the number of its elements
constexpr double k_air = 19;            // above and below the text, together
constexpr double k_detail_height = 15;
constexpr double k_state_height = 16;

std::string count_of(const GraphNode& node) {
    return node.elements ? fmt::format("×{}", *node.elements) : std::string();
}

std::string line_of(std::string_view text) {
    return shortened(text, k_line_size, k_widest_text);
}

/// In several lines, broken behind `,` or `?`, where it is too long for one.
std::vector<std::string> wrapped(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::string_view part = text.substr(0, std::min(text.find_first_of(",?"), text.size() - 1) + 1);
        text.remove_prefix(part.size());
        if (lines.empty() || text_width(lines.back() + std::string(part), k_line_size) > k_widest_text) {
            lines.emplace_back(part.substr(std::min(part.find_first_not_of(' '), part.size())));
        } else {
            lines.back() += part;
        }
    }
    for (std::string& line : lines) line = line_of(line);
    return lines;
}

/// What stands in a box.
struct Lines {
    std::string name, count;
    std::vector<std::string> details;  // the condition, what it asks for
    std::vector<std::string> states;

    explicit Lines(const GraphNode& node)
        : count(count_of(node)), details(wrapped(node.condition)), states(wrapped(node.state)) {
        const double room = k_widest_text - k_count_gap - text_width(count, k_name_size);
        name = shortened(node.outside ? "job " + node.name : node.name, k_name_size, room);
        if (!node.resources.empty()) details.push_back(line_of(node.resources));
    }
    [[nodiscard]] double width() const {
        double width = text_width(name, k_name_size) + k_count_gap + text_width(count, k_name_size);
        for (const auto& lines : {details, states}) {
            for (const std::string& line : lines) width = std::max(width, text_width(line, k_line_size));
        }
        return width;
    }
    [[nodiscard]] double height() const {
        return k_name_size + static_cast<double>(details.size()) * k_detail_height +
               static_cast<double>(states.size()) * k_state_height;
    }
};

double stack_of(const GraphNode& node) {
    return node.elements ? k_stack : 0;
}

std::string title_of(const GraphNode& node) {
    std::string title = heading_of(node);
    if (node.outside) title += "\noutside this workflow";
    for (const std::string& line : {node.resources, node.condition, node.state}) {
        if (!line.empty()) title += "\n" + line;
    }
    return title;
}

std::string sheet(const GraphNode& node, double offset, double width, double height) {
    const Colours colours = colours_of(node.tone);
    const bool broken = node.outside || node.tone == Tone::idle;
    return fmt::format(
        "<rect x=\"{0}\" y=\"{0}\" width=\"{1}\" height=\"{2}\" rx=\"{3}\" fill=\"{4}\" stroke=\"{5}\" "
        "stroke-width=\"{6}\"{7}/>\n",
        number(offset), number(width), number(height), node.outside ? 14 : 5, colours.fill, colours.line,
        node.tone == Tone::bad ? "2.4" : "1.4", broken ? " stroke-dasharray=\"5 3\"" : "");
}

/// About the middle of the box, whichever of the lines there are.
std::string draw_lines(const Lines& lines, double middle, double height) {
    double y = (height - lines.height()) / 2 + k_name_size - 2;
    std::string result =
        fmt::format("<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\" font-weight=\"bold\">{}",
                    number(middle), number(y), number(k_name_size), k_ink, escaped(lines.name));
    if (!lines.count.empty()) {
        result += fmt::format("<tspan dx=\"{}\" font-weight=\"normal\">{}</tspan>", number(k_count_gap),
                              lines.count);
    }
    result += "</text>\n";
    for (const std::string& line : lines.details) {
        y += k_detail_height;
        result += text({middle, y}, line, {.colour = k_weak_ink});
    }
    for (const std::string& line : lines.states) {
        y += k_state_height;
        result += text({middle, y}, line, {.attributes = "font-weight=\"bold\""});
    }
    return result;
}

/// As wide as most, so that what stands in columns looks like it; only a few long names are wider.
void widen_to_most(std::vector<LayoutBox>& boxes) {
    if (boxes.empty()) return;
    std::vector<double> widths;
    for (const LayoutBox& box : boxes) widths.push_back(box.width);
    std::sort(widths.begin(), widths.end());
    const double most =
        std::min(widths[(widths.size() - 1) * 9 / 10], widths[widths.size() / 2] * k_most_stretch);
    for (LayoutBox& box : boxes) box.width = std::max(box.width, most);
}

}  // namespace

std::vector<LayoutBox> boxes_of(const GraphView& view) {
    const auto any = [&](std::string GraphNode::*line) {
        return std::any_of(view.nodes.begin(), view.nodes.end(),
                           [&](const GraphNode& node) { return !(node.*line).empty(); });
    };
    const double height = k_name_size + (any(&GraphNode::resources) ? k_detail_height : 0) +
                          (any(&GraphNode::state) ? k_state_height : 0);
    std::vector<LayoutBox> boxes(view.nodes.size());
    std::transform(view.nodes.begin(), view.nodes.end(), boxes.begin(), [&](const GraphNode& node) {
        const Lines lines(node);
        return LayoutBox{std::max(k_least_width, lines.width() + 2 * k_padding) + stack_of(node),
                         std::max(height, lines.height()) + k_air + stack_of(node)};
    });
    widen_to_most(boxes);
    return boxes;
}

std::string draw_box(const GraphNode& node, const LayoutPoint& corner, const LayoutBox& box) {
    const double stack = stack_of(node);
    const double width = box.width - stack;
    const double height = box.height - stack;
    std::string result =
        fmt::format("<g transform=\"translate({})\" text-anchor=\"middle\"><title>{}</title>\n", at(corner),
                    escaped(title_of(node)));
    if (stack > 0) result += sheet(node, stack, width, height);
    result += sheet(node, 0, width, height);
    result += draw_lines(Lines(node), width / 2, height);
    return result + "</g>\n";
}

}  // namespace sbraid::svg

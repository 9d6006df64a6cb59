// Renders a diagnostic the way compilers do: position and text, the line, a caret below the place, the hint.
//
// The line is shown as it is, but for what would spoil the picture: tabs become spaces up to the next
// multiple of four, control characters and broken UTF-8 become a `?`, of a long line only a window around
// the place is shown, and nothing of the address of [notify], which may be a secret (shown_line.cpp).
#include "sbraid/diagnostic.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <tuple>

#include "shown_line.hpp"
#include "utf8.hpp"

namespace sbraid {
namespace {

constexpr std::size_t k_tab = 4;
constexpr std::size_t k_window = 100;  // columns of a line that are shown
constexpr std::string_view k_byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view k_cut = "…";

// Goes over a source line, code point by code point.
struct Walk {
    std::string_view line;
    std::size_t at = 0;
    std::size_t column = 0;  // as it is shown

    [[nodiscard]] bool is_over() const { return at >= line.size(); }

    void skip() {
        column += line[at] == '\t' ? k_tab - column % k_tab : 1;
        at += utf8::code_point_length(line, at);
    }

    // The code point as it is shown.
    [[nodiscard]] std::string cell() const {
        const std::size_t length = utf8::code_point_length(line, at);
        const auto lead = static_cast<unsigned char>(line[at]);
        if (lead == '\t') return std::string(k_tab - column % k_tab, ' ');
        const bool is_c1_control =
            lead == 0xC2 && length == 2 && static_cast<unsigned char>(line[at + 1]) < 0xA0;
        if (lead < 0x20 || lead == 0x7F || (length == 1 && lead >= 0x80) || is_c1_control) return "?";
        return std::string{line.substr(at, length)};
    }
};

std::size_t width(const std::string& cell) {
    return cell.starts_with(' ') ? cell.size() : 1;
}

// A message may quote the file: nothing in it may move a terminal's cursor.
std::string printable(std::string_view text) {
    std::string result;
    for (Walk walk{text}; !walk.is_over(); walk.skip()) result += walk.cell();
    return result;
}

struct Picture {
    std::string line;
    std::string caret;
};

Picture picture(std::string_view line, std::size_t column, std::size_t length) {
    std::size_t count = 0;  // of code points, but none that no window around the place can reach
    for (Walk walk{line}; !walk.is_over() && count < column + k_window; walk.skip()) ++count;
    const std::size_t place = std::min(column - 1, count);
    const std::size_t marked = std::clamp<std::size_t>(length, 1, std::max<std::size_t>(count - place, 1));

    std::size_t first = 0;
    std::size_t last = count;
    if (count > k_window) {
        const std::size_t before = marked >= k_window ? k_window / 4 : (k_window - marked) / 2;
        first = std::min(place > before ? place - before : 0, count - k_window);
        last = first + k_window;
    }
    Picture result;
    if (first > 0) {
        result.line += k_cut;
        result.caret += ' ';
    }
    Walk walk{line};
    for (std::size_t i = 0; i < first; ++i) walk.skip();
    for (std::size_t i = first; i < last; ++i, walk.skip()) {
        const std::string cell = walk.cell();
        result.line += cell;
        if (i < place) result.caret.append(width(cell), ' ');
        if (i == place) result.caret.append(1, '^').append(width(cell) - 1, '~');
        if (i > place && i < place + marked) result.caret.append(width(cell), '~');
    }
    if (place >= last) result.caret += '^';
    if (last < count) result.line += k_cut;
    while (result.line.ends_with(' ')) result.line.pop_back();
    return result;
}

}  // namespace

std::uint32_t Sources::add(std::string name, std::string text) {
    File file{std::move(name), std::move(text), {0}};
    for (std::size_t at = file.text.find('\n'); at != std::string::npos; at = file.text.find('\n', at + 1))
        file.line_starts.push_back(at + 1);
    files_.push_back(std::move(file));
    return static_cast<std::uint32_t>(files_.size() - 1);
}

std::size_t Sources::line_start(std::uint32_t file, std::uint32_t number) const {
    const std::vector<std::size_t>& starts = files_.at(file).line_starts;
    if (number == 0 || number > starts.size()) return files_[file].text.size();
    const bool marked = number == 1 && files_[file].text.starts_with(k_byte_order_mark);
    return starts[number - 1] + (marked ? k_byte_order_mark.size() : 0);
}

std::string_view Sources::line(std::uint32_t file, std::uint32_t number) const {
    const std::string& whole = files_.at(file).text;
    const std::size_t start = line_start(file, number);
    const std::size_t end = std::min(whole.find('\n', start), whole.size());
    std::string_view result = std::string_view{whole}.substr(start, end - start);
    if (result.ends_with('\r')) result.remove_suffix(1);
    return result;
}

void sort_by_place(Diagnostics& diagnostics) {
    std::stable_sort(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::tie(a.place.file, a.place.line, a.place.column) <
               std::tie(b.place.file, b.place.line, b.place.column);
    });
}

std::string render(const Sources& sources, const Diagnostic& diagnostic) {
    const std::string_view severity = diagnostic.severity == Severity::error ? "error" : "warning";
    const std::string message = printable(diagnostic.message);
    const Place& place = diagnostic.place;
    std::string text;
    if (place.line == 0) {
        text = fmt::format("sbraid: {}: {}\n", severity, message);
    } else {
        const std::string line = shown_line(sources, place.file, place.line);
        const Picture shown = picture(line, place.column, place.length);
        text = fmt::format("{}:{}:{}: {}: {}\n{:>5} |{}{}\n{:>5} | {}\n", sources.name(place.file),
                           place.line, place.column, severity, message, place.line,
                           shown.line.empty() ? "" : " ", shown.line, "", shown.caret);
    }
    if (!diagnostic.hint.empty())
        text += fmt::format("{}hint: {}\n", place.line == 0 ? "" : "   ", printable(diagnostic.hint));
    return text;
}

}  // namespace sbraid

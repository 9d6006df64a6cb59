// Three renderings of the same rows. For people: a column is as wide as its widest cell in code points,
// columns stand two spaces apart, nothing trails; of a line that is too long, as many cells as fit stay in
// their columns, the others follow below it, word by word. Cells hold no newline: what would break a line
// becomes a space.

#include "sbraid/table.hpp"

#include <algorithm>

#include "utf8.hpp"
#include "wrap.hpp"

namespace sbraid {
namespace {

/// Control characters become spaces: a newline would break the table, an escape the terminal.
std::string one_line(std::string_view text) {
    std::string line(text);
    std::replace_if(
        line.begin(), line.end(),
        [](char byte) { return static_cast<unsigned char>(byte) < 0x20U || byte == 0x7f; }, ' ');
    return line;
}

void drop_trailing_spaces(std::string& line) {
    line.erase(line.find_last_not_of(' ') + 1);
}

const std::string& cell(const std::vector<std::string>& row, std::size_t column) {
    static const std::string k_empty;
    return column < row.size() ? row[column] : k_empty;
}

std::string csv_field(const std::string& text) {
    if (text.find_first_of("\",\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

/// Every row, and the keys before them when there is a header, each cell passed through `field`.
template <class Field>
std::string join_rows(const TextTable& table, bool header, std::string_view separator, std::string_view end,
                      Field field) {
    std::string text;
    const auto add_line = [&](const auto& cell_of) {
        for (std::size_t column = 0; column < table.columns.size(); ++column) {
            if (column > 0) text += separator;
            text += field(cell_of(column));
        }
        text += end;
    };
    if (header) add_line([&](std::size_t column) { return table.columns[column].key; });
    for (const auto& row : table.rows) add_line([&](std::size_t column) { return cell(row, column); });
    return text;
}

/// One row of cells, each as wide as its column.
std::string broken_row(const std::vector<Column>& columns, const std::vector<std::string>& cells,
                       const std::vector<std::size_t>& widths, std::size_t width) {
    std::string line;
    std::size_t placed = 0;
    for (; placed < cells.size(); ++placed) {
        const std::string& text = cells[placed];
        const std::string padding(widths[placed] - utf8::count(text), ' ');
        std::string longer = line;
        if (placed > 0) longer += "  ";
        longer += columns[placed].right_aligned ? padding + text : text;
        const bool fits = width == 0 || text.empty() || utf8::count(longer) <= width;
        if (!fits && placed > 0) break;
        line = columns[placed].right_aligned ? longer : longer + padding;
    }
    drop_trailing_spaces(line);
    line += '\n';
    std::string rest;
    for (; placed < cells.size(); ++placed) {
        if (cells[placed].empty()) continue;
        if (!rest.empty()) rest += "  ";
        rest += cells[placed];
    }
    static const std::string k_below(4, ' ');
    return rest.empty() ? line : line + wrapped(rest, width, k_below, k_below);
}

}  // namespace

std::vector<std::string> render_rows(const TextTable& table, std::size_t width, bool header) {
    std::vector<std::vector<std::string>> rows;
    if (header) {
        auto& titles = rows.emplace_back();
        for (const auto& column : table.columns) titles.push_back(one_line(column.title));
    }
    for (const auto& row : table.rows) {
        auto& cells = rows.emplace_back();
        for (std::size_t column = 0; column < table.columns.size(); ++column) {
            cells.push_back(one_line(cell(row, column)));
        }
    }
    std::vector<std::size_t> widths(table.columns.size(), 0);
    for (const auto& cells : rows) {
        for (std::size_t column = 0; column < cells.size(); ++column) {
            widths[column] = std::max(widths[column], utf8::count(cells[column]));
        }
    }
    std::vector<std::string> texts;
    texts.reserve(rows.size());
    for (const auto& cells : rows) texts.push_back(broken_row(table.columns, cells, widths, width));
    return texts;
}

std::string render_text(const TextTable& table, std::size_t width, bool header) {
    std::string text;
    for (const auto& row : render_rows(table, width, header)) text += row;
    return text;
}

std::string render_parsable(const TextTable& table, bool header) {
    return join_rows(table, header, "|", "\n", [](const std::string& text) {
        std::string field = one_line(text);
        std::replace(field.begin(), field.end(), '|', ' ');
        return field;
    });
}

std::string render_csv(const TextTable& table) {
    return join_rows(table, true, ",", "\r\n", csv_field);
}

}  // namespace sbraid

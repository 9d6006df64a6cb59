// Three renderings of the same rows. For people: a column is as wide as its widest cell in code points,
// columns stand two spaces apart, nothing trails; a line that is too long ends with "…". Cells hold no
// newline: what would break a line becomes a space.

#include "sbraid/table.hpp"

#include <algorithm>

#include "utf8.hpp"

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

/// The first `width` code points, the last of them "…" when something is left out.
void cut(std::string& line, std::size_t width) {
    if (width == 0 || utf8::count(line) <= width) return;
    line.resize(utf8::offset(line, width - 1));
    line += "…";
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

}  // namespace

std::string render_text(const TextTable& table, std::size_t width, bool header) {
    std::vector<std::vector<std::string>> lines;
    if (header) {
        auto& titles = lines.emplace_back();
        for (const auto& column : table.columns) titles.push_back(one_line(column.title));
    }
    for (const auto& row : table.rows) {
        auto& cells = lines.emplace_back();
        for (std::size_t column = 0; column < table.columns.size(); ++column) {
            cells.push_back(one_line(cell(row, column)));
        }
    }
    std::vector<std::size_t> widths(table.columns.size(), 0);
    for (const auto& cells : lines) {
        for (std::size_t column = 0; column < cells.size(); ++column) {
            widths[column] = std::max(widths[column], utf8::count(cells[column]));
        }
    }
    std::string text;
    for (const auto& cells : lines) {
        std::string line;
        for (std::size_t column = 0; column < cells.size(); ++column) {
            const std::string padding(widths[column] - utf8::count(cells[column]), ' ');
            if (column > 0) line += "  ";
            line += table.columns[column].right_aligned ? padding + cells[column] : cells[column] + padding;
        }
        drop_trailing_spaces(line);
        cut(line, width);
        text += line + '\n';
    }
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

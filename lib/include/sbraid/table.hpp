#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sbraid {

/// Rows and columns of text, rendered for people or for programs. A column's key is its -P header and JSON
/// key.
struct Column {
    std::string key;
    std::string title;  ///< for people
    bool right_aligned = false;
};
struct TextTable {
    std::vector<Column> columns;
    std::vector<std::vector<std::string>> rows;
};

/// For people: aligned columns two spaces apart, a header. Nothing is ever cut: the cells of a row that do
/// not fit into `width` (0: unlimited) stand below it, indented by four. Width counts code points.
[[nodiscard]] std::string render_text(const TextTable& table, std::size_t width, bool header = true);
/// The same row by row (the header first), each of one or several lines, all of which end with a newline.
[[nodiscard]] std::vector<std::string> render_rows(const TextTable& table, std::size_t width,
                                                   bool header = true);
/// `|` between fields, none at the end, header unless told not to (sacct -P). A `|` or newline inside a field
/// becomes a space.
[[nodiscard]] std::string render_parsable(const TextTable& table, bool header = true);
/// RFC 4180.
[[nodiscard]] std::string render_csv(const TextTable& table);

}  // namespace sbraid

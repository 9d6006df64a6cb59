// Word by word: one that does not fit begins the next line. Two spaces in the text count as an empty word
// between them, and so stay two within a line.

#include "wrap.hpp"

#include <algorithm>

#include "utf8.hpp"

namespace sbraid {

std::string wrapped(std::string_view text, std::size_t width, const std::string& indent,
                    const std::string& next_indent) {
    std::string lines, line = indent;
    const auto finish_line = [&] {
        line.erase(line.find_last_not_of(' ') + 1);
        lines += line + '\n';
    };
    bool is_empty = true;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!is_empty && width > 0 && utf8::count(line) + 1 + utf8::count(word) > width) {
            finish_line();
            line = next_indent;
            is_empty = true;
        }
        if (is_empty && word.empty()) continue;
        if (!is_empty) line += ' ';
        line += word;
        is_empty = false;
    }
    finish_line();
    return lines;
}

}  // namespace sbraid

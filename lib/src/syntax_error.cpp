// toml++'s words for a mistake, and ours for how to mend it.
#include "syntax_error.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

#include "characters.hpp"
#include "utf8.hpp"

namespace sbraid {
namespace {

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

// toml++ takes a word that starts like true, false, inf or nan for one of them.
bool is_about_a_word(std::string_view text) {
    constexpr std::array<std::string_view, 4> k_words{"expected 'nan'", "expected 'inf'", "expected 'true'",
                                                      "expected 'false'"};
    return std::any_of(k_words.begin(), k_words.end(),
                       [text](std::string_view word) { return text.starts_with(word); });
}

constexpr bool is_bare(char c) {
    return is_letter(c) || is_digit(c) || c == '_' || c == '-';
}

// From somewhere in a word back to its start, and over all of it.
void move_to_word(Place& place, std::string_view line) {
    std::size_t begin = std::min(utf8::offset(line, place.column - 1), line.size());
    std::size_t end = begin;
    while (begin > 0 && is_bare(line[begin - 1])) --begin;
    while (end < line.size() && is_bare(line[end])) ++end;
    place.column = static_cast<std::uint32_t>(utf8::count(line.substr(0, begin)) + 1);
    place.length = static_cast<std::uint32_t>(end - begin);
}

// From a value to the bare key that stands before it on its line; unchanged when that is not what stands
// there.
void move_to_key(Place& place, std::string_view line) {
    std::size_t at = std::min(utf8::offset(line, place.column - 1), line.size());
    const auto skip_blanks = [&] {
        while (at > 0 && is_blank(line[at - 1])) --at;
    };
    skip_blanks();
    if (at == 0 || line[at - 1] != '=') return;
    --at;
    skip_blanks();
    if (at == 0 || !is_bare(line[at - 1])) return;
    place.column = static_cast<std::uint32_t>(utf8::count(line.substr(0, at)));
    move_to_word(place, line);
}

}  // namespace

Diagnostic syntax_error(const Sources& sources, Place place, std::string_view description) {
    constexpr std::string_view k_preamble = "Error while parsing ";
    const bool in_key_and_value = description.starts_with("Error while parsing key-value pair");
    if (description.starts_with(k_preamble)) {
        const std::size_t colon = description.find(": ");
        if (colon != std::string_view::npos) description.remove_prefix(colon + 2);
    }
    std::string text{description};
    std::string hint;
    const std::string_view line = sources.line(place.file, place.line);
    const bool at_line_end = place.column > utf8::count(line);

    if (contains(text, "control characters") && at_line_end) {
        text = "the string is not closed on its line";
        hint = R"(text of several lines stands between """ and """)";
    } else if (contains(text, "could not determine value type") || is_about_a_word(text)) {
        text = "this is no TOML value";
        hint = "text is written in quotes";
        move_to_word(place, line);
    } else if (contains(text, "expected '='")) {
        hint = "a line is `key = value` or `[table]`";
    } else if (contains(text, "cannot redefine")) {
        hint = "a key or table stands once in a file";
        if (in_key_and_value) move_to_key(place, line);
    } else if (contains(text, "escape sequence")) {
        hint = R"(inside "…" a backslash is written \\; '…' takes text as it is)";
    } else if (contains(text, "maximum nested value depth")) {
        text = fmt::format("arrays and tables are nested deeper than {}", k_deepest_nesting);
    } else if (contains(text, "utf-8")) {
        text = "the file is not UTF-8";
    } else if (contains(text, "encountered end-of-file")) {
        text = "the file ends inside a value";
    }
    for (const std::string_view newline : {R"('\n')", R"('\r')"}) {
        const std::size_t at = text.find(newline);
        if (at != std::string::npos) text.replace(at, newline.size(), "the end of the line");
    }
    return {Severity::error, place, fmt::format("not valid TOML: {}", text), std::move(hint)};
}

}  // namespace sbraid

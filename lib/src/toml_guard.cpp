// toml++ is robust, but for two things, which are looked for before it is called:
//
//  - a table header that does not start with a key (`[!]`) fails an assertion inside toml++ 3.3 instead of an
//  error;
//  - `[a.a.a…]` and `a.a.a… = 1` nest a table for each dot without a limit, and trees are destroyed
//  recursively.
//
// One pass over the bytes; strings and comments are skipped, whatever is malformed is left to the parser to
// report.
#include "toml_guard.hpp"

#include <algorithm>

namespace sbraid {
namespace {

constexpr std::size_t k_max_dots = 32;  // in one key

// Means nothing to what is looked for: most of a text.
bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool starts_key(char c) {
    return is_plain(c) || c == '-' || c == '"' || c == '\'';
}

// The offset behind the string that starts at `at`; of one that is not closed, the end of its line or of the
// text.
std::size_t skip_string(std::string_view text, std::size_t at) {
    const char quote = text[at];
    const bool multi_line = at + 2 < text.size() && text[at + 1] == quote && text[at + 2] == quote;
    std::size_t i = at + (multi_line ? 3 : 1);
    for (; i < text.size(); ++i) {
        if (quote == '"' && text[i] == '\\') {
            ++i;
        } else if (multi_line) {
            if (text[i] != quote || text.substr(i, 3) != text.substr(at, 3)) continue;
            i += 3;
            for (int more = 0; more < 2 && i < text.size() && text[i] == quote; ++more)
                ++i;  // `""""` ends in a quote
            return i;
        } else if (text[i] == quote) {
            return i + 1;
        } else if (text[i] == '\n') {
            return i;
        }
    }
    return std::min(i, text.size());
}

// `at` is the offset of a header's first `[`.
std::optional<TomlTrap> check_header(std::string_view text, std::size_t at) {
    ++at;
    if (at < text.size() && text[at] == '[') ++at;
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
    if (at < text.size() && (starts_key(text[at]) || text[at] == ']' || text[at] == '[')) return std::nullopt;
    return TomlTrap{at, "expected the name of a table after '['"};
}

}  // namespace

std::optional<TomlTrap> find_toml_trap(std::string_view text) {
    bool line_is_blank = true;  // so far
    std::size_t brackets = 0;   // a `[` inside a value starts no header
    std::size_t dots = 0;       // of the key that is being read
    for (std::size_t i = 0; i < text.size();) {
        const char c = text[i];
        if (is_plain(c)) {
            line_is_blank = false;
            while (i < text.size() && is_plain(text[i])) ++i;
            continue;
        }
        if (c == '"' || c == '\'') {
            i = skip_string(text, i);
            line_is_blank = false;
            continue;
        }
        if (c == '#') {
            i = std::min(text.find('\n', i), text.size());
            continue;
        }
        if (c == '[') {
            if (line_is_blank && brackets == 0) {
                if (const auto trap = check_header(text, i)) return trap;
            }
            ++brackets;
        } else if (c == ']' && brackets > 0) {
            --brackets;
        } else if (c == '.' && ++dots > k_max_dots) {
            return TomlTrap{i, "a key of more than 33 parts"};
        }
        if (c == '\n' || c == '=' || c == ',' || c == '{' || c == '[') dots = 0;
        if (c == '\n') line_is_blank = true;
        if (c != '\n' && c != ' ' && c != '\t') line_is_blank = false;
        ++i;
    }
    return std::nullopt;
}

}  // namespace sbraid

// Enough of the shell's grammar to tell one command from two: quotes, backslashes, comments, and the
// operators that end a command. What stands in $(…), `…` or a here-document is not looked into.
#include "shell_text.hpp"

#include <algorithm>
#include <array>

#include "characters.hpp"

namespace sbraid {
namespace {

/// The offset behind the quoted text that begins at `at`.
std::size_t behind_quotes(std::string_view text, std::size_t at) {
    const char quote = text[at];
    for (++at; at < text.size() && text[at] != quote; ++at)
        if (text[at] == '\\' && quote == '"') ++at;
    return std::min(at + 1, text.size());
}

/// The offset behind `$(…)`, which begins at `at`.
std::size_t behind_substitution(std::string_view text, std::size_t at) {
    int depth = 0;
    for (++at; at < text.size(); ++at) {
        if (text[at] == '(') ++depth;
        if (text[at] == ')' && --depth == 0) return at + 1;
    }
    return at;
}

/// What follows is another command, not blanks and comments.
bool is_followed(std::string_view text) {
    while (!text.empty()) {
        text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n;"), text.size()));
        if (!text.starts_with('#')) break;
        text.remove_prefix(std::min(text.find('\n'), text.size()));
    }
    return !text.empty();
}

}  // namespace

bool reads_shell_text(std::string_view shell) {
    std::string_view program = shell.substr(0, shell.find(' '));
    program = program.substr(program.rfind('/') + 1);
    constexpr std::array<std::string_view, 5> k_shells{"bash", "sh", "dash", "ksh", "zsh"};
    return std::find(k_shells.begin(), k_shells.end(), program) != k_shells.end();
}

std::optional<std::size_t> end_of_first_command(std::string_view text) {
    std::size_t at = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    while (at < text.size()) {
        const char c = text[at];
        const char previous = at > 0 ? text[at - 1] : '\n';
        const char next = at + 1 < text.size() ? text[at + 1] : '\0';
        if (c == '\\') {
            at += 2;
        } else if (c == '\'' || c == '"' || c == '`') {
            at = behind_quotes(text, at);
        } else if (c == '$' && next == '(') {
            at = behind_substitution(text, at);
        } else if (c == '#' && is_space(previous)) {
            at = std::min(text.find('\n', at), text.size());
        } else if (c == '|' && next != '|') {
            ++at;
            at = std::min(text.find_first_not_of(" \t\r\n&", at),
                          text.size());  // a pipe goes on in the next line
        } else if (c == '&' && (previous == '>' || previous == '<' || next == '>')) {
            ++at;  // 2>&1, &>file
        } else if (c == ';' || c == '&' || c == '|' || c == '\n') {
            const std::size_t length = (c == '&' || c == '|') && next == c ? 2 : 1;
            return is_followed(text.substr(at + length)) ? std::optional{at} : std::nullopt;
        } else {
            ++at;
        }
    }
    return std::nullopt;
}

}  // namespace sbraid

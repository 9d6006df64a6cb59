#include "sbraid/shell_quote.hpp"

#include <algorithm>

#include "characters.hpp"

namespace sbraid {

namespace {

bool is_plain(char c) {
    return is_letter(c) || is_digit(c) || std::string_view{"_-./:,+=@%^"}.find(c) != std::string_view::npos;
}

}  // namespace

std::string shell_quote(std::string_view text) {
    // A word that starts with '=' is a command's path to zsh.
    if (!text.empty() && text.front() != '=' && std::all_of(text.begin(), text.end(), is_plain)) {
        return std::string{text};
    }
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'') {
            quoted += R"('\'')";
        } else {
            quoted += c;
        }
    }
    return quoted += '\'';
}

std::string shell_join(std::span<const std::string> words) {
    std::string line;
    for (const std::string& word : words) {
        if (!line.empty()) line += ' ';
        line += shell_quote(word);
    }
    return line;
}

}  // namespace sbraid

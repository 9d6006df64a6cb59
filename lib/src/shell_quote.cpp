#include "sbraid/shell_quote.hpp"

#include <algorithm>
#include <array>

#include "characters.hpp"

namespace sbraid {

namespace {

/// By character: needs no quotes.
constexpr auto k_plain = [] {
    std::array<bool, 256> plain{};
    for (const char c : std::string_view{"_-./:,+=@%^"}) plain[static_cast<unsigned char>(c)] = true;
    for (std::size_t c = 0; c < 128; ++c)
        if (is_letter(static_cast<char>(c)) || is_digit(static_cast<char>(c))) plain[c] = true;
    return plain;
}();

bool is_plain(char c) {
    return k_plain[static_cast<unsigned char>(c)];
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

#include "wording.hpp"

#include <algorithm>

#include "characters.hpp"
#include "utf8.hpp"

namespace sbraid {

std::string with_article(std::string_view noun) {
    constexpr std::string_view k_vowels = "aeiou";
    const bool vowel = !noun.empty() && k_vowels.find(noun.front()) != std::string_view::npos;
    return std::string{vowel ? "an " : "a "} + std::string{noun};
}

std::string shown(std::string_view text) {
    constexpr std::size_t k_most = 80;  // code points
    const std::size_t end = utf8::offset(text, k_most);
    std::string result{text.substr(0, end)};
    std::replace_if(result.begin(), result.end(), is_control, ' ');
    if (end < text.size()) result += "…";
    return result;
}

}  // namespace sbraid

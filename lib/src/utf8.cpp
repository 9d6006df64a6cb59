// UTF-8 as far as positions in a source text need it: where code points begin. Broken bytes are code points
// of one byte.
#include "utf8.hpp"

namespace sbraid::utf8 {

std::size_t code_point_length(std::string_view text, std::size_t at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    std::size_t length = 1;
    if (lead >= 0xC2 && lead <= 0xDF) length = 2;
    if (lead >= 0xE0 && lead <= 0xEF) length = 3;
    if (lead >= 0xF0 && lead <= 0xF4) length = 4;
    if (length > text.size() - at) return 1;
    for (std::size_t i = 1; i < length; ++i)
        if ((static_cast<unsigned char>(text[at + i]) & 0xC0U) != 0x80U) return 1;
    return length;
}

std::size_t count(std::string_view text) {
    std::size_t n = 0;
    for (std::size_t at = 0; at < text.size(); at += code_point_length(text, at)) ++n;
    return n;
}

std::size_t offset(std::string_view text, std::size_t n) {
    std::size_t at = 0;
    while (n > 0 && at < text.size()) {
        at += code_point_length(text, at);
        --n;
    }
    return at;
}

}  // namespace sbraid::utf8

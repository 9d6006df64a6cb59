// ECMA-48: `ESC [` begins a control sequence that ends with a byte of @ to ~; `ESC ]`, `ESC P`, `ESC X`, `ESC
// ^` and `ESC _` a string that ends with BEL or `ESC \`; any other ESC takes one byte with it.
#include "plain_line.hpp"

#include "characters.hpp"
#include "utf8.hpp"

namespace sbraid {
namespace {

/// The offset behind the escape sequence that starts at `at`.
std::size_t skip_escape(std::string_view text, std::size_t at) {
    if (++at == text.size()) return at;
    const char kind = text[at++];
    if (kind == '[') {
        while (at < text.size() && (text[at] < '@' || text[at] > '~')) ++at;
        return std::min(at + 1, text.size());
    }
    if (kind != ']' && kind != 'P' && kind != 'X' && kind != '^' && kind != '_') return at;
    for (; at < text.size(); ++at) {
        if (text[at] == '\a') return at + 1;
        if (text[at] == '\x1b') return std::min(at + 2, text.size());
    }
    return at;
}

/// C1 controls (U+0080 to U+009F), and what turns the direction (U+202A to U+202E, U+2066 to U+2069).
bool acts_on_a_terminal(std::string_view code_point) {
    if (code_point.size() == 2) return code_point[0] == '\xC2' && code_point[1] < '\xA0';
    if (code_point.size() != 3 || code_point[0] != '\xE2') return false;
    const auto last = static_cast<unsigned char>(code_point[2]);
    return (code_point[1] == '\x80' && last >= 0xAA && last <= 0xAE) ||
           (code_point[1] == '\x81' && last >= 0xA6 && last <= 0xA9);
}

std::string_view behind_carriage_return(std::string_view line) {
    while (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    const std::size_t at = line.rfind('\r');
    return at == std::string_view::npos ? line : line.substr(at + 1);
}

}  // namespace

std::string plain_line(std::string_view line, std::size_t most) {
    line = behind_carriage_return(line);
    std::string plain;
    for (std::size_t at = 0; at < line.size();) {
        if (line[at] == '\x1b') {
            at = skip_escape(line, at);
            continue;
        }
        const std::string_view one = line.substr(at, utf8::code_point_length(line, at));
        at += one.size();
        if (one.size() == 1 && static_cast<unsigned char>(one[0]) >= 0x80)
            plain += "\xEF\xBF\xBD";
        else if (one == "\t" || (!is_control(one[0]) && !acts_on_a_terminal(one)))
            plain += one;
    }
    const std::size_t count = utf8::count(plain);
    return count <= most ? plain : "…" + plain.substr(utf8::offset(plain, count - most));
}

}  // namespace sbraid

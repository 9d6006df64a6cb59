// A scanner for the flat JSON of the state file. A general parser builds a tree of every record and takes
// longer for a million of them than all else together; here a record is cut into pieces of its own text, and
// only the members that are wanted are converted.

#include "json_members.hpp"

#include <charconv>

#include "sound_utf8.hpp"

namespace sbraid {
namespace {

class Scanner {
  public:
    explicit Scanner(std::string_view text) : text_(text) {}

    [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
    [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void skip_space() {
        while (peek() == ' ' || peek() == '\t' || peek() == '\r' || peek() == '\n') ++at_;
    }
    bool take(char wanted) {
        skip_space();
        if (at_end() || text_[at_] != wanted) return false;
        ++at_;
        return true;
    }
    /// A string with its quotes; empty when there is none.
    std::string_view string() {
        const std::size_t start = at_;
        if (peek() != '"') return {};
        for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
            if (text_[i] == '\\') {
                ++i;
            } else if (text_[i] == '"') {
                at_ = i + 1;
                return text_.substr(start, at_ - start);
            }
        }
        return {};
    }
    /// Any value, as it stands; empty when there is none.
    std::string_view value() {
        skip_space();
        if (peek() == '"') return string();
        return peek() == '{' || peek() == '[' ? nested() : scalar();
    }

  private:
    std::string_view scalar() {
        const std::size_t start = at_;
        const auto ends = [](char c) {
            return c == ',' || c == ']' || c == '}' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
        };
        while (!at_end() && !ends(text_[at_])) ++at_;
        return text_.substr(start, at_ - start);
    }
    std::string_view nested() {
        const std::size_t start = at_;
        std::size_t depth = 0;
        while (!at_end()) {
            const char c = peek();
            if (c == '"') {
                if (string().empty()) return {};
                continue;
            }
            ++at_;
            if (c == '{' || c == '[') ++depth;
            if ((c == '}' || c == ']') && --depth == 0) return text_.substr(start, at_ - start);
        }
        return {};
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

std::optional<std::uint32_t> four_hex(std::string_view text, std::size_t at) {
    std::uint32_t value = 0;
    if (at + 4 > text.size()) return std::nullopt;
    const char* end = text.data() + at + 4;
    const auto [stop, error] = std::from_chars(text.data() + at, end, value, 16);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return value;
}

void put_code_point(std::string& out, std::uint32_t code) {
    const auto byte = [&](std::uint32_t value) {
        out += static_cast<char>(static_cast<unsigned char>(value));
    };
    if (code < 0x80) {
        byte(code);
    } else if (code < 0x800) {
        byte(0xC0 | code >> 6);
        byte(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        byte(0xE0 | code >> 12);
        byte(0x80 | (code >> 6 & 0x3F));
        byte(0x80 | (code & 0x3F));
    } else {
        byte(0xF0 | code >> 18);
        byte(0x80 | (code >> 12 & 0x3F));
        byte(0x80 | (code >> 6 & 0x3F));
        byte(0x80 | (code & 0x3F));
    }
}

/// The escape whose letter stands at `at`, appended to `out`; returns the place behind it. A half of a
/// surrogate pair alone becomes U+FFFD, as do unknown escapes.
std::size_t unescape_one(std::string_view text, std::size_t at, std::string& out) {
    constexpr std::uint32_t k_replacement = 0xFFFD;
    switch (text[at]) {
        case '"':
        case '\\':
        case '/':
            out += text[at];
            return at + 1;
        case 'n':
            out += '\n';
            return at + 1;
        case 't':
            out += '\t';
            return at + 1;
        case 'r':
            out += '\r';
            return at + 1;
        case 'b':
            out += '\b';
            return at + 1;
        case 'f':
            out += '\f';
            return at + 1;
        case 'u':
            break;
        default:
            put_code_point(out, k_replacement);
            return at + 1;
    }
    const auto first = four_hex(text, at + 1);
    if (!first) {
        put_code_point(out, k_replacement);
        return at + 1;
    }
    at += 5;
    if (*first < 0xD800 || *first > 0xDFFF) {
        put_code_point(out, *first);
        return at;
    }
    if (*first < 0xDC00 && text.substr(at, 2) == "\\u") {
        if (const auto second = four_hex(text, at + 2); second && *second >= 0xDC00 && *second <= 0xDFFF) {
            put_code_point(out, 0x10000 + ((*first - 0xD800) << 10) + (*second - 0xDC00));
            return at + 6;
        }
    }
    put_code_point(out, k_replacement);
    return at;
}

}  // namespace

bool split_members(std::string_view object, std::vector<JsonMember>& members) {
    members.clear();
    Scanner scan{object};
    if (!scan.take('{')) return false;
    if (!scan.take('}')) {
        do {
            scan.skip_space();
            const std::string_view key = scan.string();
            if (key.empty() || !scan.take(':')) return false;
            const std::string_view value = scan.value();
            if (value.empty()) return false;
            members.push_back({key.substr(1, key.size() - 2), value});
        } while (scan.take(','));
        if (!scan.take('}')) return false;
    }
    scan.skip_space();
    return scan.at_end();
}

std::optional<std::vector<std::string_view>> split_items(std::string_view array) {
    std::vector<std::string_view> items;
    Scanner scan{array};
    if (!scan.take('[')) return std::nullopt;
    if (scan.take(']')) return items;
    do {
        items.push_back(scan.value());
        if (items.back().empty()) return std::nullopt;
    } while (scan.take(','));
    return scan.take(']') ? std::optional{std::move(items)} : std::nullopt;
}

std::optional<std::string> json_string(std::string_view value) {
    if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::nullopt;
    const std::string_view inside = value.substr(1, value.size() - 2);
    bool plain = true;
    for (const char c : inside) plain = plain && c != '\\' && static_cast<unsigned char>(c) < 0x80;
    if (plain) return std::string{inside};

    std::string out;
    out.reserve(inside.size());
    for (std::size_t at = 0; at < inside.size();) {
        if (inside[at] == '\\' && at + 1 < inside.size()) {
            at = unescape_one(inside, at + 1, out);
        } else {
            out += inside[at++];
        }
    }
    return to_utf8(out);
}

}  // namespace sbraid

// Quantities are read as digits with at most nine decimals, scaled as integers: no floating point, so what is
// written comes back exactly.
#include "text.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <limits>

namespace sbraid::sim {

namespace {

constexpr std::string_view k_blanks = " \t\r";
constexpr std::string_view k_digits = "0123456789";

// `number`, digits with an optional fraction, times `scale`; nothing when that is not whole or too large.
std::optional<std::uint64_t> parse_scaled(std::string_view number, std::uint64_t scale) {
    const auto dot = number.find('.');
    const std::string_view whole = number.substr(0, dot);
    const std::string_view fraction = dot == std::string_view::npos ? "" : number.substr(dot + 1);
    const auto units = parse_whole(whole);
    if (!units || *units > std::numeric_limits<std::uint64_t>::max() / scale) return std::nullopt;
    std::uint64_t value = *units * scale;
    std::uint64_t place = scale;
    for (const char digit : fraction) {
        if (digit < '0' || digit > '9') return std::nullopt;
        if (digit != '0' && place % 10 != 0) return std::nullopt;  // finer than the unit can say
        place /= 10;
        const std::uint64_t part = static_cast<std::uint64_t>(digit - '0') * place;
        if (value > std::numeric_limits<std::uint64_t>::max() - part) return std::nullopt;
        value += part;
    }
    return value;
}

struct Quantity {
    std::string_view number;
    std::string_view unit;
};

Quantity cut_unit(std::string_view text) {
    const auto end = text.find_first_not_of("0123456789.");
    if (end == std::string_view::npos) return {text, ""};
    return {text.substr(0, end), text.substr(end)};
}

}  // namespace

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> parts;
    while (true) {
        const auto begin = text.find_first_not_of(separators);
        if (begin == std::string_view::npos) return parts;
        const auto end = text.find_first_of(separators, begin);
        parts.push_back(text.substr(begin, end == std::string_view::npos ? end : end - begin));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end);
    }
}

std::string_view take_word(std::string_view& rest) {
    const auto begin = rest.find_first_not_of(k_blanks);
    if (begin == std::string_view::npos) {
        rest = {};
        return {};
    }
    rest.remove_prefix(begin);
    const std::string_view word = rest.substr(0, rest.find_first_of(k_blanks));
    rest.remove_prefix(word.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(k_blanks), rest.size()));
    return word;
}

std::optional<std::uint64_t> parse_whole(std::string_view text) {
    std::uint64_t value = 0;
    if (text.empty() || text.find_first_not_of(k_digits) != std::string_view::npos) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<std::uint64_t> parse_duration_ns(std::string_view text) {
    const auto [number, unit] = cut_unit(text);
    if (unit.empty() || unit == "s") return parse_scaled(number, 1'000'000'000);
    if (unit == "ms") return parse_scaled(number, 1'000'000);
    if (unit == "m") return parse_scaled(number, 60'000'000'000);
    if (unit == "h") return parse_scaled(number, 3'600'000'000'000);
    return std::nullopt;
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
    const auto [number, unit] = cut_unit(text);
    if (number.find('.') != std::string_view::npos) return std::nullopt;
    if (unit == "B") return parse_scaled(number, 1);
    if (unit == "K") return parse_scaled(number, std::uint64_t{1} << 10U);
    if (unit.empty() || unit == "M") return parse_scaled(number, std::uint64_t{1} << 20U);
    if (unit == "G") return parse_scaled(number, std::uint64_t{1} << 30U);
    if (unit == "T") return parse_scaled(number, std::uint64_t{1} << 40U);
    return std::nullopt;
}

std::optional<std::uint64_t> parse_milliwatts(std::string_view text) {
    const auto [number, unit] = cut_unit(text);
    if (unit.empty() || unit == "W") return parse_scaled(number, 1000);
    if (unit == "mW") return parse_scaled(number, 1);
    return std::nullopt;
}

std::string seconds_text(std::uint64_t nanoseconds) {
    std::string text = std::to_string(nanoseconds / 1'000'000'000);
    std::string fraction = std::to_string(nanoseconds % 1'000'000'000);
    fraction.insert(0, 9 - fraction.size(), '0');
    fraction.erase(fraction.find_last_not_of('0') + 1);
    if (!fraction.empty()) text += '.' + fraction;
    return text;
}

std::optional<std::string> read_file(const std::string& path) {
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return std::nullopt;
    std::string text;
    std::array<char, 4096> buffer;
    while (true) {
        const ssize_t got = read(descriptor, buffer.data(), buffer.size());
        if (got > 0) {
            text.append(buffer.data(), static_cast<std::size_t>(got));
        } else if (got == 0 || errno != EINTR) {
            close(descriptor);
            if (got < 0) return std::nullopt;
            return text;
        }
    }
}

}  // namespace sbraid::sim

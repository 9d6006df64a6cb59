// Sizes and durations are read digit by digit: the texts come from other programs and may be anything.

#include "sbraid/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

namespace sbraid {
namespace {

template <class Number>
std::optional<Number> to_number(std::string_view text) {
    Number value{};
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc{} || stop != end) return std::nullopt;
    return value;
}

/// `value` with one decimal while it is below 100 and not whole: `1.2`, `12`, `87.5`, `640`.
std::string short_number(double value) {
    const double rounded = std::round(value * 10) / 10;
    if (rounded >= 100 || rounded == std::floor(rounded)) return fmt::format("{:.0f}", rounded);
    return fmt::format("{:.1f}", rounded);
}

}  // namespace

std::optional<std::int64_t> parse_size(std::string_view text, std::int64_t unit) {
    constexpr std::string_view k_letters = "KMGTPE";
    if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
    double factor = static_cast<double>(unit);
    if (const auto power = k_letters.find(text.back()); power != std::string_view::npos) {
        factor = std::pow(1024.0, static_cast<double>(power + 1));
        text.remove_suffix(1);
    }
    const auto number = to_number<double>(text);
    // 2^63 is the first double that does not fit.
    if (!number || !(*number * factor < 0x1p63)) return std::nullopt;
    return static_cast<std::int64_t>(std::llround(*number * factor));
}

std::optional<std::int64_t> parse_cpu_time_us(std::string_view text) {
    constexpr std::int64_t k_most = 1'000'000'000;  // of anything: keeps the sums below 2^63
    std::int64_t days = 0;
    const auto dash = text.find('-');
    if (dash != std::string_view::npos) {
        const auto value = to_number<std::int64_t>(text.substr(0, dash));
        if (!value || *value < 0 || *value > k_most / 100) return std::nullopt;
        days = *value;
        text.remove_prefix(dash + 1);
    }
    std::int64_t fraction_us = 0;
    if (const auto dot = text.find('.'); dot != std::string_view::npos) {
        std::string digits(text.substr(dot + 1));
        if (digits.size() > 6 || !to_number<std::uint32_t>(digits)) return std::nullopt;
        digits.resize(6, '0');
        fraction_us = to_number<std::uint32_t>(digits).value_or(0);
        text = text.substr(0, dot);
    }
    std::vector<std::int64_t> parts;
    for (;;) {
        const auto colon = text.find(':');
        const auto value = to_number<std::int64_t>(text.substr(0, colon));
        if (!value || *value < 0 || *value > k_most) return std::nullopt;
        parts.push_back(*value);
        if (colon == std::string_view::npos) break;
        text.remove_prefix(colon + 1);
    }
    if (parts.size() < 2 || parts.size() > 3) return std::nullopt;
    std::int64_t seconds = 0;
    for (const auto part : parts) seconds = seconds * 60 + part;
    return (days * 86'400 + seconds) * 1'000'000 + fraction_us;
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
    long long number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end == text.data() || number < 0 || number > 1'000'000'000)
        return std::nullopt;
    const auto unit = text.substr(static_cast<std::size_t>(end - text.data()));
    if (unit.empty() || unit == "s") return std::chrono::seconds(number);
    if (unit == "m") return std::chrono::minutes(number);
    if (unit == "h") return std::chrono::hours(number);
    if (unit == "d") return std::chrono::hours(24 * number);
    return std::nullopt;
}

std::string format_bytes(std::int64_t bytes) {
    constexpr std::array k_letters{"", "K", "M", "G", "T", "P", "E"};
    double value = static_cast<double>(bytes);
    std::size_t power = 0;
    // 1023.96 would be printed as 1024.
    while (std::abs(value) >= 1023.95 && power + 1 < k_letters.size()) {
        value /= 1024;
        ++power;
    }
    return short_number(value) + k_letters.at(power);
}

std::string format_duration(std::int64_t seconds) {
    const std::int64_t s = std::max<std::int64_t>(seconds, 0);
    if (s < 60) return fmt::format("{}s", s);
    if (s < 3600) return fmt::format("{}m{:02}s", s / 60, s % 60);
    if (s < 86'400) return fmt::format("{}h{:02}m", s / 3600, s % 3600 / 60);
    return fmt::format("{}d{:02}h", s / 86'400, s % 86'400 / 3600);
}

std::string format_energy(double joules) {
    if (joules < 999.5) return fmt::format("{:.0f}J", joules);
    if (joules < 999'500) return short_number(joules / 1e3) + "kJ";
    if (joules < 999'500'000) return short_number(joules / 1e6) + "MJ";
    return short_number(joules / 1e9) + "GJ";
}

std::string format_percent(double per_cent) {
    if (per_cent > 0 && per_cent < 0.5) return "<1%";
    if (per_cent < 100 && per_cent >= 99.5) return "99%";
    return fmt::format("{:.0f}%", per_cent);
}

}  // namespace sbraid

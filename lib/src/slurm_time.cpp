// Slurm's two grammars of time (sbatch(1)): a limit (--time) is a length, a moment (--begin, --deadline) a
// point.
#include <fmt/format.h>
#include <array>

#include "characters.hpp"
#include "slurm_value.hpp"

namespace sbraid::slurm_value {
namespace {

constexpr std::uint64_t k_minute = 60;
constexpr std::uint64_t k_hour = 60 * k_minute;
constexpr std::uint64_t k_day = 24 * k_hour;

// `90s`, `5m`, `2h`, `1d`: how sbraid's own keys and many other tools write a length, but not Slurm.
std::optional<std::uint64_t> seconds_with_unit(std::string_view text) {
    if (text.size() < 2) return std::nullopt;
    const std::optional<std::uint64_t> amount = number(text.substr(0, text.size() - 1));
    if (!amount || *amount > 100'000'000) return std::nullopt;
    switch (text.back()) {
        case 's':
            return *amount;
        case 'm':
            return *amount * k_minute;
        case 'h':
            return *amount * k_hour;
        case 'd':
            return *amount * k_day;
        default:
            return std::nullopt;
    }
}

std::string spelled(std::uint64_t seconds) {
    const std::string clock = fmt::format("{:02}:{:02}:{:02}", seconds % k_day / k_hour,
                                          seconds % k_hour / k_minute, seconds % k_minute);
    return seconds < k_day ? clock : fmt::format("{}-{}", seconds / k_day, clock);
}

// H:MM[:SS], each at most what a clock shows.
bool is_clock(std::string_view text) {
    constexpr std::array<std::uint64_t, 3> k_most{23, 59, 59};
    const auto parts = split(text, ':');
    if (parts.size() < 2 || parts.size() > 3) return false;
    for (std::size_t i = 0; i < parts.size(); ++i)
        if (parts[i].size() > 2 || number(parts[i]).value_or(99) > k_most[i]) return false;
    return true;
}

bool is_month_and_day(std::string_view month, std::string_view day) {
    const std::uint64_t m = number(month).value_or(0);
    const std::uint64_t d = number(day).value_or(0);
    return month.size() <= 2 && day.size() <= 2 && m >= 1 && m <= 12 && d >= 1 && d <= 31;
}

// MMDD[YY], MM/DD[/YY], MM.DD[.YY], YYYY-MM-DD
bool is_date(std::string_view text) {
    if (is_number(text) && (text.size() == 4 || text.size() == 6))
        return is_month_and_day(text.substr(0, 2), text.substr(2, 2));
    for (const char separator : {'/', '.'}) {
        const auto parts = split(text, separator);
        if (parts.size() == 2 ||
            (parts.size() == 3 && (parts[2].size() == 2 || parts[2].size() == 4) && is_number(parts[2])))
            return is_month_and_day(parts[0], parts[1]);
    }
    const auto parts = split(text, '-');
    return parts.size() == 3 && parts[0].size() == 4 && is_number(parts[0]) &&
           is_month_and_day(parts[1], parts[2]);
}

bool is_unit(std::string_view text) {
    constexpr std::array k_units{"seconds", "minutes", "hours", "days", "weeks"};
    if (text.empty()) return true;
    return std::any_of(k_units.begin(), k_units.end(), [text](std::string_view unit) {
        return text.size() <= unit.size() && equal_ignoring_case(unit.substr(0, text.size()), text);
    });
}

// now, now+60, now+2hours, now + 1 day
bool is_relative(std::string_view text) {
    const auto skip_blanks = [&text] {
        while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    };
    if (!equal_ignoring_case(text.substr(0, 3), "now")) return false;
    text.remove_prefix(3);
    skip_blanks();
    if (text.empty()) return true;
    if (text.front() != '+' && text.front() != '-') return false;
    text.remove_prefix(1);
    skip_blanks();
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0) return false;
    text.remove_prefix(digits);
    skip_blanks();
    return is_unit(text);
}

bool is_word(std::string_view text) {
    constexpr std::array<std::string_view, 8> k_words{"today", "tomorrow", "midnight", "noon",
                                                      "fika",  "teatime",  "am",       "pm"};
    return std::any_of(k_words.begin(), k_words.end(),
                       [text](std::string_view word) { return equal_ignoring_case(word, text); });
}

// One word of a moment: a date, a clock, both with T or - between, a name, am or pm.
bool is_moment_word(std::string_view text) {
    if (text.starts_with("uts")) return is_number(text.substr(3));
    if (is_word(text) || is_date(text) || is_clock(text)) return true;
    if (text.size() > 2 && is_word(text.substr(text.size() - 2)) && is_clock(text.substr(0, text.size() - 2)))
        return true;
    for (const char separator : {'T', '-'}) {
        const std::size_t at = text.rfind(separator);
        if (at != std::string_view::npos && is_date(text.substr(0, at)) && is_clock(text.substr(at + 1)))
            return true;
    }
    return false;
}

}  // namespace

std::optional<std::uint64_t> time_limit_seconds(std::string_view text) {
    const std::size_t dash = text.find('-');
    std::uint64_t seconds = 0;
    if (dash != std::string_view::npos) {
        const std::optional<std::uint64_t> days = number(text.substr(0, dash));
        if (!days || *days > 10'000'000) return std::nullopt;
        seconds = *days * k_day;
        text.remove_prefix(dash + 1);
    }
    const auto parts = split(text, ':');
    if (parts.size() > 3) return std::nullopt;
    // Behind days the first part is hours; alone it is minutes, unless there are three parts.
    std::uint64_t unit = dash != std::string_view::npos || parts.size() == 3 ? k_hour : k_minute;
    for (const std::string_view part : parts) {
        const std::optional<std::uint64_t> value = number(part);
        if (!value || *value > 10'000'000'000) return std::nullopt;
        seconds += *value * unit;
        unit /= 60;
    }
    return seconds;
}

Verdict time_limit(std::string_view text) {
    if (equal_ignoring_case(text, "UNLIMITED") || equal_ignoring_case(text, "INFINITE") || text == "-1")
        return {};
    if (time_limit_seconds(text)) return {};
    if (const auto seconds = seconds_with_unit(text))
        return Complaint{"", fmt::format("did you mean \"{}\"?", spelled(*seconds))};
    return Complaint{};
}

Verdict moment(std::string_view text) {
    if (is_relative(text)) return {};
    bool any = false;
    for (const std::string_view word : split(text, ' ')) {
        if (word.empty()) continue;
        any = true;
        if (!is_moment_word(word))
            return Complaint{word == text ? "" : fmt::format("Slurm does not know '{}'", word), ""};
    }
    return any ? Verdict{} : Complaint{};
}

}  // namespace sbraid::slurm_value

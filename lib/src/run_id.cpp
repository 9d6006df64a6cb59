#include <fmt/format.h>
#include <algorithm>

#include "characters.hpp"
#include "sbraid/plan.hpp"

namespace sbraid {

namespace {

constexpr std::size_t k_longest_name = 64;

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= k_longest_name &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
           });
}

/// 'd' is a digit, 'x' a lower-case hexadecimal digit, everything else itself.
bool matches(std::string_view text, std::string_view form) {
    return std::equal(text.begin(), text.end(), form.begin(), form.end(), [](char c, char f) {
        if (f == 'd') return is_digit(c);
        if (f == 'x') return is_digit(c) || (c >= 'a' && c <= 'f');
        return c == f;
    });
}

}  // namespace

std::string make_run_id(std::string_view workflow, std::chrono::sys_seconds now, std::uint32_t random) {
    const auto day = std::chrono::floor<std::chrono::days>(now);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{now - day};
    return fmt::format("{}-{:04}{:02}{:02}T{:02}{:02}{:02}-{:06x}", workflow, static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       time.hours().count(), time.minutes().count(), time.seconds().count(),
                       random & 0xFFFFFF);
}

bool is_run_id(std::string_view text) {
    constexpr std::string_view k_form = "-ddddddddTdddddd-xxxxxx";
    if (text.size() <= k_form.size()) return false;
    const std::size_t name = text.size() - k_form.size();
    return is_name(text.substr(0, name)) && matches(text.substr(name), k_form);
}

}  // namespace sbraid

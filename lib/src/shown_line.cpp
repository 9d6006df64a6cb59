// A line is cut behind the `=` of a key that is `webhook` or looks like it, and, below [notify] or beside
// `notify =`, in a URL. Text is looked at, not TOML: what is wrong with the line may be just that.
#include "shown_line.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <string_view>

#include "characters.hpp"
#include "sbraid/suggest.hpp"

namespace sbraid {
namespace {

constexpr std::string_view k_cut = "…";
constexpr std::string_view k_url = "://";
constexpr std::uint32_t k_most_lines = 1000;  // up to a header

bool is_near(std::string_view word, std::string_view meant) {
    return word == meant || closest(word, std::array{meant}).has_value();
}

/// The last part of the key that stands before `end`: `webhook` of `notify."webhook" `.
std::string_view key_before(std::string_view line, std::size_t end) {
    constexpr std::string_view k_around = "\"' \t";
    while (end > 0 && k_around.find(line[end - 1]) != std::string_view::npos) --end;
    std::size_t begin = end;
    const auto is_part = [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; };
    while (begin > 0 && is_part(line[begin - 1])) --begin;
    return line.substr(begin, end - begin);
}

bool says_webhook(std::string_view key) {
    std::string lower_case{key};
    std::transform(lower_case.begin(), lower_case.end(), lower_case.begin(), lower);
    return lower_case.find("webhook") != std::string::npos || is_near(key, "webhook");
}

/// Of the last header at the line or above it.
bool is_in_notify(const Sources& sources, std::uint32_t file, std::uint32_t number) {
    for (std::uint32_t steps = 0; number > 0 && steps < k_most_lines; --number, ++steps) {
        std::string_view line = sources.line(file, number);
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        if (!line.starts_with('[')) continue;
        const std::size_t end = line.find(']');
        return end != std::string_view::npos && is_near(key_before(line, end), "notify");
    }
    return false;
}

}  // namespace

std::string shown_line(const Sources& sources, std::uint32_t file, std::uint32_t number) {
    const std::string_view line = sources.line(file, number);
    const std::size_t url = line.find(k_url);
    bool is_inside = false;
    for (std::size_t at = line.find('='); at < line.size(); at = line.find('=', at + 1)) {
        const std::string_view key = key_before(line, at);
        if (says_webhook(key)) return fmt::format("{} {}", line.substr(0, at + 1), k_cut);
        is_inside = is_inside || is_near(key, "notify");
    }
    if (url != std::string_view::npos && (is_inside || is_in_notify(sources, file, number)))
        return fmt::format("{}{}", line.substr(0, url + k_url.size()), k_cut);
    return std::string{line};
}

}  // namespace sbraid

#include "sbraid/ids.hpp"

#include <fmt/format.h>
#include <charconv>

namespace sbraid {
namespace {

// Consumes the decimal number that `text` starts with.
std::optional<std::uint32_t> take_number(std::string_view& text) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

}  // namespace

std::string to_string(const JobKey& key) {
    return key.element ? fmt::format("{}_{}", key.job.value, *key.element) : fmt::format("{}", key.job.value);
}

std::optional<JobKey> parse_job_key(std::string_view text) {
    const std::optional<std::uint32_t> job = take_number(text);
    if (!job) return std::nullopt;
    JobKey key{JobId{*job}, std::nullopt};
    if (text.empty()) return key;
    if (text.front() != '_') return std::nullopt;
    text.remove_prefix(1);
    key.element = take_number(text);
    if (!key.element || !text.empty()) return std::nullopt;
    return key;
}

}  // namespace sbraid

// Small text: words, whole numbers, quantities with units, and files read at once. Nothing here throws but
// bad_alloc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sbraid::sim {

// The parts between runs of separators; no empty part.
std::vector<std::string_view> split(std::string_view text, std::string_view separators);

// The first word of `rest`, which then begins behind it; empty when there is none.
std::string_view take_word(std::string_view& rest);

// All of `text` as an unsigned decimal number.
std::optional<std::uint64_t> parse_whole(std::string_view text);

// "2", "2.5", "500ms", "2.5s", "1m": nanoseconds; without a unit it is seconds.
std::optional<std::uint64_t> parse_duration_ns(std::string_view text);

// "1024" (MiB), "10G", "512K", "5B": bytes, in powers of 1024; whole numbers only, so that the sum is exact.
std::optional<std::uint64_t> parse_bytes(std::string_view text);

// "400", "400.5", "400W", "250mW": milliwatts; without a unit it is watts.
std::optional<std::uint64_t> parse_milliwatts(std::string_view text);

// The inverse of parse_duration_ns: seconds with as many decimals as it takes.
std::string seconds_text(std::uint64_t nanoseconds);

// The whole file, or nothing when it cannot be read.
std::optional<std::string> read_file(const std::string& path);

}  // namespace sbraid::sim

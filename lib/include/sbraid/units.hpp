#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Sizes and durations: Slurm's spellings read, people's spellings written.

namespace sbraid {

/// `10640K`, `1.50G`, `512M`, `0`: bytes, K = 1024. A number without a letter counts `unit` bytes. nullopt
/// for anything else.
[[nodiscard]] std::optional<std::int64_t> parse_size(std::string_view text, std::int64_t unit = 1);

/// Slurm's `[D-[HH:]]MM:SS[.mmm]` and `HH:MM:SS`: microseconds. nullopt for anything else.
[[nodiscard]] std::optional<std::int64_t> parse_cpu_time_us(std::string_view text);

/// Durations of our own keys and options: `90s`, `5m`, `2h`, `1d`, `90` (seconds). nullopt for anything else.
[[nodiscard]] std::optional<std::chrono::seconds> parse_duration(std::string_view text);

/// At most four digits and the binary letter: `900`, `71G`, `1.2T`, `10.4M`.
[[nodiscard]] std::string format_bytes(std::int64_t bytes);
/// The two largest units: `4s`, `1m05s`, `2h03m`, `1d04h`. Negative counts as 0.
[[nodiscard]] std::string format_duration(std::int64_t seconds);
/// `850J`, `12.3kJ`, `1.2MJ`.
[[nodiscard]] std::string format_energy(double joules);
/// Rounded to a whole per cent: `87%`. Not 0 per cent unless it is 0, not 100 unless it is: `<1%`, `99%`.
[[nodiscard]] std::string format_percent(double per_cent);

}  // namespace sbraid

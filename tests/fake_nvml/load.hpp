// What one process declares to do with GPUs over time: the content of a file in `loads/`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "result.hpp"

namespace sbraid::sim {

// What a process does to one GPU at an instant.
struct Level {
    unsigned util = 0;               // percent of the time with a kernel running, 0 to 100
    std::uint64_t memory_bytes = 0;  // held on the device
    std::uint64_t power_mw = 0;      // drawn on top of the idle device
    bool operator==(const Level&) const = default;
};

// From `at_ns` after the start of the load to the next phase, or to the end of the load.
struct Phase {
    std::uint64_t at_ns = 0;
    Level level;
    bool operator==(const Phase&) const = default;
};

struct GpuLoad {
    std::string uuid;
    std::vector<Phase> phases;  // ascending, no two at one instant; nothing happens before the first
    bool operator==(const GpuLoad&) const = default;
};

struct Load {
    unsigned pid = 0;
    std::uint64_t start_ticks =
        0;                       // field 22 of /proc/<pid>/stat: with the pid it names one process for ever
    std::uint64_t start_ns = 0;  // CLOCK_MONOTONIC
    std::uint64_t start_us = 0;  // CLOCK_REALTIME of the same instant, only shown
    std::optional<std::uint64_t> duration_ns;  // ends by itself after this, even if the process goes on
    std::vector<GpuLoad> gpus;
    bool operator==(const Load&) const = default;
};

// `settings` is "util=90 mem=1G power=400", any of them in any order; what it does not say stays as in
// `before`. Where nothing ever said a power, it follows util at k_default_mw_per_percent.
struct LevelText {
    Level level;
    bool power_given = false;
};
inline constexpr std::uint64_t k_default_mw_per_percent = 6000;
Result<LevelText> apply_settings(LevelText before, std::string_view settings);

// "0s util=90 mem=1G; 2s util=0; 4s util=50": each entry changes what the one before said, the first what
// `before` did.
Result<std::vector<Phase>> parse_schedule(const LevelText& before, std::string_view schedule);

// The file format (README.md). decode(encode(load)) == load.
std::string encode(const Load& load);
Result<Load> decode(std::string_view text);

// "<pid>-<start ticks>": the file's name, and with ".end" the name of the record of its end.
std::string file_name(const Load& load);

}  // namespace sbraid::sim

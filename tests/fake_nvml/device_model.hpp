// What a GPU would show, as a pure function of the declared loads and the time.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "folder.hpp"

namespace sbraid::sim {

inline constexpr std::uint64_t k_idle_mw = 70'000;  // a device with nothing to do
inline constexpr std::uint64_t k_sample_us =
    166'667;  // a sample period; they end at whole multiples in wall time
inline constexpr std::uint64_t k_ring_periods = 120;  // periods that the ring buffer of samples goes back

// Bytes held on the device now.
std::uint64_t memory_used(const Snapshot& snapshot, std::string_view uuid);

// Milliwatts now: idle and what each load adds.
std::uint64_t power_mw(const Snapshot& snapshot, std::string_view uuid);

// Millijoules since the machine started: the exact integral of power_mw over CLOCK_MONOTONIC, rounded down.
// For snapshots of any two processes, a later `now` never has less.
std::uint64_t energy_mj(const Snapshot& snapshot, std::string_view uuid);

// Percent of the last whole sample period, at most 100.
unsigned utilization(const Snapshot& snapshot, std::string_view uuid);

struct RunningProcess {
    unsigned pid = 0;
    std::uint64_t memory_bytes = 0;
};
// Every process whose load names the device and has not ended, even while it does nothing; by pid.
std::vector<RunningProcess> running_processes(const Snapshot& snapshot, std::string_view uuid);

struct Sample {
    std::uint64_t time_us = 0;  // wall clock, end of the period
    unsigned pid = 0;
    unsigned util = 0;  // mean of the period, 1 to 100
};
// For each whole period within the ring that ended after `since_us`, the processes that were not idle in it;
// by time, then pid. A process that has ended keeps its samples.
std::vector<Sample> samples(const Snapshot& snapshot, std::string_view uuid, std::uint64_t since_us);

struct Account {
    unsigned pid = 0;
    unsigned util = 0;  // mean of its life
    std::uint64_t max_memory_bytes = 0;
    std::uint64_t start_us = 0;     // wall clock
    std::uint64_t lifetime_ms = 0;  // 0 while it runs
    bool running = false;
};
// Processes that have used the device, ended or not, latest start last; of one pid used twice the latest.
std::vector<Account> accounts(const Snapshot& snapshot, std::string_view uuid);

}  // namespace sbraid::sim

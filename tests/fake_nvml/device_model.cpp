// Levels are constant between the phases of a load, so every mean and every energy is a sum of products of
// integers: percent x ns, and mW x ns = pJ, kept in 128 bits until the end.
#include "device_model.hpp"

#include <algorithm>
#include <set>

namespace sbraid::sim {

namespace {

__extension__ using Uint128 = unsigned __int128;

// Half open, CLOCK_MONOTONIC.
struct Interval {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    [[nodiscard]] std::uint64_t length() const { return end > begin ? end - begin : 0; }
};

Interval common(const Interval& a, const Interval& b) {
    return {std::max(a.begin, b.begin), std::min(a.end, b.end)};
}

bool is_over(const ObservedLoad& observed, const Clock& now) {
    return observed.end_ns <= now.monotonic_ns;
}

// When the load was on, as far as the clock of the snapshot goes.
Interval lifetime(const ObservedLoad& observed, const Clock& now) {
    return {observed.load->start_ns, std::min(observed.end_ns, now.monotonic_ns)};
}

// Calls visit(observed, gpu) for each load on the device.
template <typename Visit>
void for_each_load(const Snapshot& snapshot, std::string_view uuid, Visit visit) {
    for (const ObservedLoad& observed : snapshot.loads) {
        for (const GpuLoad& gpu : observed.load->gpus) {
            if (gpu.uuid == uuid) visit(observed, gpu);
        }
    }
}

Level level_at(const ObservedLoad& observed, const GpuLoad& gpu, std::uint64_t time_ns) {
    Level level;
    for (const Phase& phase : gpu.phases) {
        if (observed.load->start_ns + phase.at_ns > time_ns) break;
        level = phase.level;
    }
    return level;
}

// The sum over `window` of value(level) x nanoseconds.
template <typename Value>
Uint128 integral(const ObservedLoad& observed, const GpuLoad& gpu, const Interval& window, Value value) {
    Uint128 sum = 0;
    for (std::size_t i = 0; i < gpu.phases.size(); ++i) {
        const std::uint64_t start = observed.load->start_ns;
        const Interval on{start + gpu.phases[i].at_ns,
                          i + 1 < gpu.phases.size() ? start + gpu.phases[i + 1].at_ns : k_never};
        sum += Uint128{common(on, window).length()} * value(gpu.phases[i].level);
    }
    return sum;
}

std::uint64_t util_of(const Level& level) {
    return level.util;
}

// Mean utilisation of one load over `window`, in percent, of which the load may fill only a part.
unsigned mean_util(const ObservedLoad& observed, const GpuLoad& gpu, const Interval& window,
                   const Clock& now) {
    if (window.length() == 0) return 0;
    const Uint128 sum = integral(observed, gpu, common(window, lifetime(observed, now)), util_of);
    const auto mean = static_cast<unsigned>((sum + window.length() / 2) / window.length());
    return sum > 0 ? std::max(mean, 1U) : 0;
}

// A sample period by its number: its end in wall time, and the same stretch of CLOCK_MONOTONIC.
struct Period {
    std::uint64_t end_us = 0;
    Interval window;
};

Period period(std::uint64_t number, const Clock& now) {
    const auto monotonic = [&now](std::uint64_t wall_us) {
        const std::uint64_t ago_ns = (now.wall_us - wall_us) * 1000;
        return now.monotonic_ns > ago_ns ? now.monotonic_ns - ago_ns : 0;
    };
    const std::uint64_t begin_us = number * k_sample_us;
    return {begin_us + k_sample_us, {monotonic(begin_us), monotonic(begin_us + k_sample_us)}};
}

// How many periods have ended: the number of the one that is going on.
std::uint64_t periods_ended(const Clock& now) {
    return now.wall_us / k_sample_us;
}

}  // namespace

std::uint64_t memory_used(const Snapshot& snapshot, std::string_view uuid) {
    std::uint64_t bytes = 0;
    for (const RunningProcess& process : running_processes(snapshot, uuid)) bytes += process.memory_bytes;
    return bytes;
}

std::uint64_t power_mw(const Snapshot& snapshot, std::string_view uuid) {
    std::uint64_t sum = k_idle_mw;
    for_each_load(snapshot, uuid, [&](const ObservedLoad& observed, const GpuLoad& gpu) {
        if (is_over(observed, snapshot.now)) return;
        sum += level_at(observed, gpu, snapshot.now.monotonic_ns).power_mw;
    });
    return sum;
}

std::uint64_t energy_mj(const Snapshot& snapshot, std::string_view uuid) {
    Uint128 picojoules = Uint128{k_idle_mw} * snapshot.now.monotonic_ns;
    for_each_load(snapshot, uuid, [&](const ObservedLoad& observed, const GpuLoad& gpu) {
        picojoules += integral(observed, gpu, lifetime(observed, snapshot.now),
                               [](const Level& level) { return level.power_mw; });
    });
    return static_cast<std::uint64_t>(picojoules / 1'000'000'000);
}

unsigned utilization(const Snapshot& snapshot, std::string_view uuid) {
    const Period last = period(periods_ended(snapshot.now) - 1, snapshot.now);
    unsigned sum = 0;
    for_each_load(snapshot, uuid, [&](const ObservedLoad& observed, const GpuLoad& gpu) {
        sum += mean_util(observed, gpu, last.window, snapshot.now);
    });
    return std::min(sum, 100U);
}

std::vector<RunningProcess> running_processes(const Snapshot& snapshot, std::string_view uuid) {
    std::vector<RunningProcess> processes;
    for_each_load(snapshot, uuid, [&](const ObservedLoad& observed, const GpuLoad& gpu) {
        if (is_over(observed, snapshot.now)) return;
        processes.push_back(
            {observed.load->pid, level_at(observed, gpu, snapshot.now.monotonic_ns).memory_bytes});
    });
    std::sort(processes.begin(), processes.end(),
              [](const RunningProcess& a, const RunningProcess& b) { return a.pid < b.pid; });
    return processes;
}

std::vector<Sample> samples(const Snapshot& snapshot, std::string_view uuid, std::uint64_t since_us) {
    const std::uint64_t ended = periods_ended(snapshot.now);
    // Period n ends at (n + 1) periods: the first that ends after `since_us` is number since_us / period.
    const std::uint64_t first = std::max(since_us / k_sample_us, ended - std::min(ended, k_ring_periods));
    std::vector<Sample> found;
    for_each_load(snapshot, uuid, [&](const ObservedLoad& observed, const GpuLoad& gpu) {
        for (std::uint64_t number = first; number < ended; ++number) {
            const Period at = period(number, snapshot.now);
            const unsigned util = mean_util(observed, gpu, at.window, snapshot.now);
            if (util > 0) found.push_back({at.end_us, observed.load->pid, util});
        }
    });
    std::sort(found.begin(), found.end(), [](const Sample& a, const Sample& b) {
        return a.time_us != b.time_us ? a.time_us < b.time_us : a.pid < b.pid;
    });
    return found;
}

std::vector<Account> accounts(const Snapshot& snapshot, std::string_view uuid) {
    std::vector<Account> found;
    for_each_load(snapshot, uuid, [&](const ObservedLoad& observed, const GpuLoad& gpu) {
        const Interval life = lifetime(observed, snapshot.now);
        Account account;
        account.pid = observed.load->pid;
        account.running = !is_over(observed, snapshot.now);
        account.start_us = observed.load->start_us;
        account.util = mean_util(observed, gpu, life, snapshot.now);
        account.lifetime_ms = account.running ? 0 : life.length() / 1'000'000;
        for (const Phase& phase : gpu.phases) {
            if (life.begin + phase.at_ns >= life.end) break;
            account.max_memory_bytes = std::max(account.max_memory_bytes, phase.level.memory_bytes);
        }
        found.push_back(account);
    });
    std::sort(found.begin(), found.end(), [](const Account& a, const Account& b) {
        return a.start_us != b.start_us ? a.start_us < b.start_us : a.pid < b.pid;
    });
    std::set<unsigned> later;
    std::vector<Account> latest;
    for (auto account = found.rbegin(); account != found.rend(); ++account) {
        if (later.insert(account->pid).second) latest.push_back(*account);
    }
    std::reverse(latest.begin(), latest.end());
    return latest;
}

}  // namespace sbraid::sim

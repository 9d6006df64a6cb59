#pragma once

#include <cstdint>
#include <optional>
#include <set>

// What became of a GPU over time, out of readings that come at uneven intervals and sometimes say nothing.
// Pure: the collector feeds it, tests feed it scripts.

namespace sbraid {

/// What was seen of one GPU, or of one rank's use of it, in one stretch of time.
struct UsageSample {
    double seconds = 0;                       ///< length of the stretch
    std::optional<double> percent_seconds{};  ///< utilisation integrated over it; nullopt: not known
    double known_seconds = 0;                 ///< for how much of it that speaks, at most `seconds`
    std::optional<double> util_max{};         ///< highest single reading in it, per cent
    std::optional<std::int64_t> mem_bytes{};  ///< at its end
    bool processes_known = false;             ///< at its end: all that there were have been named
};

/// The sum of all samples. Numbers that no sample knew are nullopt, never 0. Trivially copyable.
struct UsageSummary {
    std::optional<double> util_mean, util_max;  ///< per cent, 0 to 100
    std::optional<std::int64_t> mem_max_bytes;
    std::optional<double> energy_j;
    std::optional<double> longest_idle_s, idle_fraction;
    std::optional<std::uint32_t> processes;
    double seconds = 0;   ///< that were watched
    double coverage = 0;  ///< 0..1, of those
};

/// Adds up the samples of one GPU (for one rank, or for all that used it).
class UsageAccumulator {
  public:
    /// The next stretch. One below k_idle_percent on average is idle.
    void add(const UsageSample& sample);

    /// A process that was seen; the same one may be named again and again. At most k_most_processes are told
    /// apart.
    void saw_process(std::int64_t pid);

    /// A memory peak that a driver's own books tell.
    void saw_memory(std::int64_t bytes);

    /// The board's counter, in joules since any fixed point. One that falls (driver reloaded) begins anew:
    /// what came before is kept.
    void read_energy(double joules);

    /// What is known up to now; adding may go on.
    [[nodiscard]] UsageSummary summary() const;

    static constexpr double k_idle_percent = 1.0;
    static constexpr std::size_t k_most_processes = 4096;

  private:
    double seconds_ = 0, known_seconds_ = 0, percent_seconds_ = 0;
    double idle_seconds_ = 0, idle_run_ = 0, longest_idle_ = 0;
    std::optional<double> util_max_;
    std::optional<std::int64_t> mem_max_;
    std::optional<double> energy_last_;
    double energy_sum_ = 0;
    bool energy_known_ = false;
    std::set<std::int64_t> pids_;
    bool processes_known_ = false;
};

/// The same summary with a longer time that nobody watched at its end: coverage falls, nothing else is
/// claimed.
[[nodiscard]] UsageSummary unwatched_after(UsageSummary summary, double seconds);

/// How long to wait for the next reading: a second during the first minute, ten seconds after ten minutes,
/// and a sixtieth of what has passed in between.
[[nodiscard]] double next_interval(double elapsed_seconds);

}  // namespace sbraid

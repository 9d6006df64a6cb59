// Means are integrals over known time: a stretch of ten seconds weighs ten times one of a second, and one
// that nothing is known of weighs nothing but coverage. Integrals are summed uncapped, since a driver hands
// out readings a little late and a short stretch may get those of the one before; only the end result is held
// within 0 to 100.
#include "sbraid/usage.hpp"

#include <algorithm>

namespace sbraid {
namespace {

double clamp_percent(double percent) {
    return std::clamp(percent, 0.0, 100.0);
}

template <class T>
void raise(std::optional<T>& highest, T value) {
    if (!highest || value > *highest) highest = value;
}

}  // namespace

void UsageAccumulator::add(const UsageSample& sample) {
    const double seconds = std::max(sample.seconds, 0.0);
    seconds_ += seconds;
    processes_known_ = processes_known_ || (sample.processes_known && seconds > 0);
    if (sample.mem_bytes) raise(mem_max_, *sample.mem_bytes);
    if (sample.util_max) raise(util_max_, clamp_percent(*sample.util_max));
    if (!sample.percent_seconds) {
        idle_run_ = 0;
        return;
    }
    const double known = std::clamp(sample.known_seconds, 0.0, seconds);
    known_seconds_ += known;
    percent_seconds_ += std::max(*sample.percent_seconds, 0.0);
    if (*sample.percent_seconds < k_idle_percent * known || *sample.percent_seconds <= 0) {
        idle_seconds_ += known;
        idle_run_ += known;
        longest_idle_ = std::max(longest_idle_, idle_run_);
    } else {
        idle_run_ = 0;
    }
}

void UsageAccumulator::saw_process(std::int64_t pid) {
    if (pids_.size() < k_most_processes) pids_.insert(pid);
}

void UsageAccumulator::saw_memory(std::int64_t bytes) {
    raise(mem_max_, bytes);
}

void UsageAccumulator::read_energy(double joules) {
    if (energy_last_) {
        energy_sum_ += std::max(joules - *energy_last_, 0.0);
        energy_known_ = true;
    }
    energy_last_ = joules;
}

UsageSummary UsageAccumulator::summary() const {
    UsageSummary summary;
    summary.seconds = seconds_;
    summary.coverage = seconds_ > 0 ? known_seconds_ / seconds_ : 0;
    summary.mem_max_bytes = mem_max_;
    if (processes_known_ || !pids_.empty()) summary.processes = static_cast<std::uint32_t>(pids_.size());
    if (energy_known_) summary.energy_j = energy_sum_;
    if (known_seconds_ > 0) {
        const double mean = clamp_percent(percent_seconds_ / known_seconds_);
        summary.util_max = util_max_.value_or(mean);
        summary.util_mean = std::min(mean, *summary.util_max);
        summary.idle_fraction = idle_seconds_ / known_seconds_;
        summary.longest_idle_s = longest_idle_;
    } else {
        summary.util_max = util_max_;
    }
    return summary;
}

UsageSummary unwatched_after(UsageSummary summary, double seconds) {
    if (seconds <= 0) return summary;
    const double all = summary.seconds + seconds;
    summary.coverage *= summary.seconds / all;
    summary.seconds = all;
    return summary;
}

double next_interval(double elapsed_seconds) {
    return std::clamp(elapsed_seconds / 60, 1.0, 10.0);
}

}  // namespace sbraid

// A reading closes the stretch since the one before, for the device and for every rank that lived in it.
// Utilisation of a stretch is the sum of the driver's samples in it times their period; where there is no
// sample the driver saw nobody busy, which is known to be idle.
//
// The period is what the samples of one process are apart: processes are stamped each at its own time. A
// process that rests leaves gaps of several periods, so a low one of the recent gaps is taken, and not the
// lowest, which may be an accident. Some drivers tell one sample for each process and reading and show no
// period; then a sample speaks for the last second only, and so does the silence of one who was busy before.
// Where the driver has no samples of processes, the device's own rate stands in, likewise, and of ranks
// nothing is known.
//
// A reading after the end of all ranks closes their books, and may meet the job that has the GPU next: what
// strangers do after that end is left out, and so is what the device tells of both together. Of the end of
// another rank we may hear only after that reading: so it is noted when strangers were there, and whether
// they shared the GPU is judged when the line is asked for.
#include "collect/gpu_ledger.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <set>
#include <utility>

namespace sbraid::collect {
namespace {

constexpr double k_longest_period_s = 1.0;
constexpr double k_shortest_period_s = 0.02;

constexpr std::size_t k_most_gaps = 64;

using Samples = std::vector<BusySample>;  // by time

void measure_gaps(const Samples& samples, std::deque<double>& gaps) {
    std::map<pid_t, std::int64_t> before;
    for (const BusySample& sample : samples) {
        const auto [seen, is_first] = before.try_emplace(sample.pid, sample.time_us);
        if (is_first) continue;
        const double gap = static_cast<double>(sample.time_us - seen->second) / 1e6;
        seen->second = sample.time_us;
        if (gap < k_shortest_period_s || gap > k_longest_period_s) continue;
        gaps.push_back(gap);
        if (gaps.size() > k_most_gaps) gaps.pop_front();
    }
}

// The lower quartile; nullopt where there are none.
std::optional<double> period_of(const std::deque<double>& gaps) {
    if (gaps.empty()) return std::nullopt;
    std::vector<double> sorted(gaps.begin(), gaps.end());
    const auto quartile = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 4);
    std::nth_element(sorted.begin(), quartile, sorted.end());
    return *quartile;
}

// Samples of several processes together. A GPU cannot be busier than all the time: what they claim of one
// period beyond that is taken from all of them alike.
struct Together {
    double percent = 0;  // sum over the samples
    double highest = 0;  // at any time
};

Together add_up(const Samples& samples, double period_s) {
    Together together;
    std::map<pid_t, BusySample> recent;  // of each process the latest
    for (std::size_t begin = 0, end = 0; begin < samples.size(); begin = end) {
        const std::int64_t time_us = samples[begin].time_us;
        for (; end < samples.size() && samples[end].time_us == time_us; ++end)
            recent[samples[end].pid] = samples[end];
        double total = 0;
        for (const auto& [pid, sample] : recent)
            if (static_cast<double>(time_us - sample.time_us) / 1e6 < period_s) total += sample.percent;
        const double share = total > 100 ? 100 / total : 1;
        for (std::size_t i = begin; i < end; ++i) together.percent += samples[i].percent * share;
        together.highest = std::max(together.highest, std::min(total, 100.0));
    }
    return together;
}

UsageSample stretch(const Samples& samples, double seconds, const std::optional<double>& period_s,
                    bool was_busy) {
    const Together together = add_up(samples, period_s.value_or(k_longest_period_s));
    UsageSample sample{.seconds = seconds, .util_max = together.highest};
    if (period_s) {
        sample.known_seconds = seconds;
        sample.percent_seconds = together.percent * *period_s;
    } else {
        sample.known_seconds = was_busy ? std::min(seconds, k_longest_period_s) : seconds;
        sample.percent_seconds = together.highest * sample.known_seconds;
    }
    return sample;
}

std::optional<double> mean(const UsageSample& sample) {
    if (!sample.percent_seconds || sample.known_seconds <= 0) return std::nullopt;
    return std::min(*sample.percent_seconds / sample.known_seconds, 100.0);
}

// Not where a driver says that the device works and nobody works on it. Where it does not say whether the
// device works, its silence is believed only if it has named somebody before.
bool tells_of_processes(const GpuReading& reading, bool was_busy) {
    if (!reading.busy || !reading.busy->empty()) return reading.busy.has_value();
    return reading.percent ? *reading.percent <= 0 : was_busy;
}

template <std::size_t Size>
void copy(const std::string& text, char (&to)[Size]) {
    std::snprintf(to, Size, "%s", text.c_str());
}

}  // namespace

struct GpuLedger::Work {
    struct OfRank {
        Samples busy;
        std::set<pid_t> pids;
        std::optional<std::int64_t> mem_bytes;
    };
    std::map<std::uint32_t, OfRank> ranks;
    Samples busy;                       // of all
    std::set<pid_t> pids;               // of all
    std::set<std::string> who;          // of our job, known: one that nobody can tell may be one of these
    std::optional<double> stranger_at;  // of another job: when the first of them was there
    bool is_mixed = false;              // the device worked for strangers after our end, too
};

GpuLedger::GpuLedger(const std::vector<std::string>& uuids, double now) {
    for (const std::string& uuid : uuids) {
        GpuBook gpu;
        gpu.uuid = uuid;
        gpu.last = now;
        gpus_.push_back(std::move(gpu));
    }
}

void GpuLedger::start_rank(std::uint32_t rank, double now) {
    RankBook book;
    book.start = now;
    book.uses.resize(gpus_.size());
    for (std::size_t gpu = 0; gpu < gpus_.size(); ++gpu)
        if (gpus_[gpu].energy_j) book.uses[gpu].usage.read_energy(*gpus_[gpu].energy_j);
    ranks_[rank] = std::move(book);
}

void GpuLedger::end_rank(std::uint32_t rank, double at) {
    const auto found = ranks_.find(rank);
    if (found == ranks_.end() || found->second.end) return;
    found->second.end = at;
    latest_end_ = std::max(latest_end_.value_or(at), at);
}

void GpuLedger::forget_rank(std::uint32_t rank) {
    ranks_.erase(rank);
}

std::optional<double> GpuLedger::end_of_all() const {
    const auto lives = [](const auto& rank) { return !rank.second.end; };
    return std::any_of(ranks_.begin(), ranks_.end(), lives) ? std::nullopt : latest_end_;
}

GpuLedger::Work GpuLedger::sort_out(const GpuReading& reading, double now, const OwnerOf& owner_of) const {
    Work work;
    const auto end = end_of_all();
    // Somebody's, but no rank's, and met at second `when`, after the end of all ranks.
    const auto is_of_another_time = [&](pid_t pid, double when) {
        if (!end || when <= *end) return false;
        const auto owner = owner_of(pid);
        return owner && !owner->rank;
    };
    const auto meet = [&](pid_t pid, double when) -> Work::OfRank* {
        work.pids.insert(pid);
        const auto owner = owner_of(pid);
        if (!owner || !owner->same_job) return nullptr;
        if (!*owner->same_job) {
            work.stranger_at = std::min(work.stranger_at.value_or(when), when);
            return nullptr;
        }
        work.who.insert(owner->who);
        if (!owner->rank) return nullptr;
        Work::OfRank& of_rank = work.ranks[*owner->rank];
        of_rank.pids.insert(pid);
        return &of_rank;
    };
    if (reading.processes) {
        for (const GpuProcess& process : *reading.processes) {
            if (is_of_another_time(process.pid, now)) {
                work.is_mixed = true;
                continue;
            }
            Work::OfRank* const of_rank = meet(process.pid, now);
            if (of_rank != nullptr && process.mem_bytes)
                of_rank->mem_bytes = of_rank->mem_bytes.value_or(0) + *process.mem_bytes;
        }
    }
    if (reading.busy) {
        for (const BusySample& sample : *reading.busy) {
            const double when = static_cast<double>(sample.time_us) / 1e6;
            if (is_of_another_time(sample.pid, when)) {
                work.is_mixed = true;
                continue;
            }
            work.busy.push_back(sample);
            Work::OfRank* const of_rank = meet(sample.pid, when);
            if (of_rank != nullptr) of_rank->busy.push_back(sample);
        }
    }
    return work;
}

void GpuLedger::clock_was_set(double by) {
    for (GpuBook& gpu : gpus_) {
        gpu.last += by;
        gpu.clock_was_set = true;
        gpu.device.clock_was_set(by);
    }
    for (auto& [rank, book] : ranks_) {
        book.start += by;
        if (book.end) *book.end += by;
        for (Use& use : book.uses) use.clock_was_set(by);
    }
    if (latest_end_) *latest_end_ += by;
}

void GpuLedger::add(std::size_t gpu, GpuReading reading, double now, const OwnerOf& owner_of) {
    GpuBook& book = gpus_.at(gpu);
    if (std::exchange(book.clock_was_set, false)) {
        reading.percent.reset();
        reading.busy.reset();
    }
    const Work work = sort_out(reading, now, owner_of);
    measure_gaps(work.busy, book.gaps);
    book.period_s = period_of(book.gaps);
    book.was_busy = book.was_busy || !work.busy.empty();
    book.unknown_because = reading.unknown_because.empty() ? "not-sampled" : reading.unknown_because;
    if (reading.energy_j) book.energy_j = reading.energy_j;
    if (reading.mem_total) book.mem_total = reading.mem_total;
    book.glances.clear();
    add_device(gpu, reading, work, std::max(now - book.last, 0.0));
    for (auto& [rank, of_rank] : ranks_) add_rank(gpu, rank, of_rank, reading, work, now);
    book.last = now;
}

void GpuLedger::add_device(std::size_t gpu, const GpuReading& reading, const Work& work, double seconds) {
    GpuBook& book = gpus_.at(gpu);
    UsageSample sample{.seconds = seconds};
    if (tells_of_processes(reading, book.was_busy)) {
        sample = stretch(work.busy, seconds, book.period_s, book.was_busy);
    } else if (reading.percent && !work.is_mixed) {
        sample.known_seconds = std::min(seconds, k_longest_period_s);
        sample.percent_seconds = *reading.percent * sample.known_seconds;
        sample.util_max = reading.percent;
    }
    if (!work.is_mixed) sample.mem_bytes = reading.mem_used;
    sample.processes_known = reading.processes.has_value();
    Use& use = book.device;
    use.usage.add(sample);
    if (reading.energy_j) use.usage.read_energy(*reading.energy_j);
    for (const pid_t pid : work.pids) use.usage.saw_process(pid);
    // Before the first rank somebody may still be leaving, and ours cannot be told yet.
    if (!ranks_.empty() || latest_end_) use.meet(work.who.size() > 1, work.stranger_at);
    book.glances.push_back({std::nullopt, gpu, mean(sample), sample.mem_bytes, reading.power_w});
}

void GpuLedger::add_rank(std::size_t gpu, std::uint32_t rank, RankBook& book, const GpuReading& reading,
                         const Work& work, double now) {
    const double from = std::max(gpus_.at(gpu).last, book.start);
    const double seconds = std::max(std::min(now, book.end.value_or(now)) - from, 0.0);
    static const Work::OfRank nothing;
    const auto found = work.ranks.find(rank);
    const Work::OfRank& done = found != work.ranks.end() ? found->second : nothing;

    UsageSample sample{.seconds = seconds};
    if (tells_of_processes(reading, gpus_.at(gpu).was_busy))
        sample = stretch(done.busy, seconds, gpus_.at(gpu).period_s, gpus_.at(gpu).was_busy);
    sample.mem_bytes = done.mem_bytes;
    Use& use = book.uses.at(gpu);
    use.usage.add(sample);
    if (reading.energy_j) use.usage.read_energy(*reading.energy_j);
    for (const pid_t pid : done.pids) use.usage.saw_process(pid);
    use.touched = use.touched || !done.pids.empty();
    if (!done.pids.empty()) use.meet(work.who.size() > 1, work.stranger_at);
    if (!done.pids.empty())
        gpus_.at(gpu).glances.push_back({rank, gpu, mean(sample), done.mem_bytes, std::nullopt});
}

void GpuLedger::add_accounts(std::size_t gpu, const std::vector<GpuAccount>& accounts, std::int64_t since_us,
                             const OwnerOf& owner_of) {
    for (const GpuAccount& account : accounts) {
        if (account.start_us < since_us) continue;  // an earlier process with a pid that came round again
        const auto owner = owner_of(account.pid);
        if (!owner || !owner->rank) continue;
        const auto book = ranks_.find(*owner->rank);
        if (book == ranks_.end()) continue;
        Use& use = book->second.uses.at(gpu);
        use.touched = true;
        use.usage.saw_process(account.pid);
        gpus_.at(gpu).device.usage.saw_process(account.pid);
        if (account.mem_max_bytes) {
            use.usage.saw_memory(*account.mem_max_bytes);
            gpus_.at(gpu).device.usage.saw_memory(*account.mem_max_bytes);
        }
    }
}

void GpuLedger::Use::meet(bool others_of_our_job, const std::optional<double>& stranger) {
    shared = shared || others_of_our_job;
    if (stranger) stranger_at = std::min(stranger_at.value_or(*stranger), *stranger);
}

bool GpuLedger::Use::is_shared(const std::optional<double>& end) const {
    return shared || (stranger_at && (!end || *stranger_at <= *end));
}

GpuUsage GpuLedger::line(const GpuBook& gpu, const Use& use, const std::optional<double>& end) const {
    GpuUsage line;
    copy(gpu.uuid, line.uuid);
    line.usage = use.usage.summary();
    line.mem_total_bytes = gpu.mem_total;
    line.shared = use.is_shared(end);
    if (!line.usage.util_mean) copy(gpu.unknown_because, line.unknown_because);
    return line;
}

std::vector<GpuUsage> GpuLedger::usage_of_rank(std::uint32_t rank) const {
    std::vector<GpuUsage> lines;
    const auto book = ranks_.find(rank);
    if (book == ranks_.end()) return lines;
    for (std::size_t gpu = 0; gpu < gpus_.size(); ++gpu) {
        const Use& use = book->second.uses[gpu];
        if (!use.touched) continue;
        lines.push_back(line(gpus_[gpu], use, book->second.end));
        lines.back().rank = rank;
    }
    return lines;
}

std::vector<GpuUsage> GpuLedger::usage_of_devices() const {
    std::vector<GpuUsage> lines;
    for (const GpuBook& gpu : gpus_) {
        lines.push_back(line(gpu, gpu.device, end_of_all()));
        lines.back().whole_device = true;
    }
    return lines;
}

std::vector<std::uint32_t> GpuLedger::ranks() const {
    std::vector<std::uint32_t> ranks;
    for (const auto& [rank, book] : ranks_) ranks.push_back(rank);
    return ranks;
}

}  // namespace sbraid::collect

// GPUs by NVIDIA's management library.
//
// Utilisation of processes comes from the driver's ring buffer, drained from where the last reading stopped,
// so that nothing is missed between readings however far apart they are (within the ring). Values that a
// driver cannot mean (beyond 100 %, pid 0: both have been seen in the field) are dropped. "not_found" from
// the ring is a true answer: nobody was busy. Under MIG there is no utilisation at all, and that is said
// instead of 0.
//
// Lists of processes get room for the longer of the two structs that drivers are known to fill, and every
// word of it a mark first: what has lost its mark shows how long the driver's struct is.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>

#include "collect/gpu_source.hpp"
#include "collect/nvml_library.hpp"

namespace sbraid::collect {
namespace {

using nvml::Status;

constexpr unsigned k_spare_entries = 16;  // processes may come between asking how many and asking which
constexpr unsigned k_most_entries = 65536;
constexpr unsigned k_most_pid = 1U << 22;  // PID_MAX_LIMIT
constexpr int k_tries = 3;
// What lies in the future by more is from before the clock was set back.
constexpr std::int64_t k_clock_slack_us = 1'000'000;

std::int64_t utc_us() {
    using namespace std::chrono;
    return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

bool is_pid(unsigned pid) {
    return pid > 0 && pid <= k_most_pid;
}

// Lists by NVML's rule for counts: ask with some room, and again with more. nullopt: the call failed.
// Room that the library leaves alone holds `fill`.
template <class Entry, class Call>
std::optional<std::vector<Entry>> fetch_list(Call call, const Entry& fill = {}) {
    std::size_t room = k_spare_entries;
    for (int i = 0; i < k_tries; ++i) {
        std::vector<Entry> entries(room, fill);
        auto count = static_cast<unsigned>(room);
        const Status status = call(&count, entries.data());
        if (status == Status::success) {
            entries.resize(std::min<std::size_t>(count, room));
            return entries;
        }
        if (status == Status::not_found) return std::vector<Entry>{};
        if (status != Status::insufficient_size) return std::nullopt;
        room = std::min<std::size_t>(std::max<std::size_t>(count, room) + k_spare_entries, k_most_entries);
    }
    return std::nullopt;
}

using Words = std::array<std::uint64_t, sizeof(nvml::ProcessInfoProtected) / sizeof(std::uint64_t)>;
constexpr std::uint64_t k_mark = 0xa5c35a3ca5c35a3c;
constexpr std::size_t k_short_words = sizeof(nvml::ProcessInfo) / sizeof(std::uint64_t);

// Processes by a call of the second or third version, whichever of the two structs it fills.
std::optional<std::vector<nvml::ProcessInfo>> fetch_processes(nvml::DeviceGetRunningProcesses call,
                                                              nvml::Device device) {
    Words marks;
    marks.fill(k_mark);
    const auto room = fetch_list<Words>(
        [&](unsigned* count, Words* to) {
            // The longer struct begins like the shorter one, and the buffer is aligned for both.
            return call(device, count, reinterpret_cast<nvml::ProcessInfo*>(to));
        },
        marks);
    if (!room) return std::nullopt;
    std::vector<std::uint64_t> words;
    for (const Words& entry : *room) words.insert(words.end(), entry.begin(), entry.end());
    const auto short_end = words.begin() + static_cast<std::ptrdiff_t>(room->size() * k_short_words);
    const bool is_long =
        std::any_of(short_end, words.end(), [](std::uint64_t word) { return word != k_mark; });
    const std::size_t stride = is_long ? std::tuple_size_v<Words> : k_short_words;

    std::vector<nvml::ProcessInfo> processes(room->size());
    for (std::size_t i = 0; i < processes.size(); ++i)
        std::memcpy(&processes[i], &words[i * stride], sizeof processes[i]);
    return processes;
}

class NvmlSource final : public GpuSource {
  public:
    NvmlSource(const NvmlLibrary& library, std::int64_t since_us) : nvml_(library), since_us_(since_us) {}

    // False when the driver does not answer.
    bool start() {
        if (nvml_.init() != Status::success) return false;
        char version[nvml::k_version_size] = "";
        if (nvml_.driver_version != nullptr &&
            nvml_.driver_version(version, sizeof version) == Status::success)
            simulated_ = std::strncmp(version, "simulated", 9) == 0;
        unsigned count = 0;
        if (nvml_.count(&count) != Status::success) return false;
        for (unsigned index = 0; index < count; ++index) add_gpu(index);
        return true;
    }

    [[nodiscard]] bool is_simulated() const override { return simulated_; }
    [[nodiscard]] const std::vector<Gpu>& gpus() const override { return gpus_; }

    GpuReading read(std::size_t gpu) override {
        const nvml::Device device = devices_.at(gpu).handle;
        GpuReading reading;
        read_energy(device, reading);
        read_memory(device, reading);
        reading.processes = running(device);
        if (is_mig(device)) {
            reading.unknown_because = "mig";
            return reading;
        }
        nvml::Utilization rates{};
        const Status status =
            nvml_.rates != nullptr ? nvml_.rates(device, &rates) : Status::function_not_found;
        if (status == Status::success && rates.gpu <= 100) reading.percent = rates.gpu;
        reading.busy = busy(devices_.at(gpu));
        if (!reading.percent && !reading.busy)
            reading.unknown_because = status == Status::gpu_is_lost ? "lost" : "not-supported";
        return reading;
    }

    std::vector<GpuAccount> accounts(std::size_t gpu) override {
        const nvml::Device device = devices_.at(gpu).handle;
        std::vector<GpuAccount> accounts;
        nvml::Feature mode = nvml::Feature::disabled;
        if (nvml_.accounting_mode == nullptr || nvml_.accounting_pids == nullptr ||
            nvml_.accounting_stats == nullptr || nvml_.accounting_mode(device, &mode) != Status::success ||
            mode != nvml::Feature::enabled)
            return accounts;
        const auto pids = fetch_list<unsigned>([&](unsigned* count, unsigned* entries) {
            return nvml_.accounting_pids(device, count, entries);
        });
        for (const unsigned pid : pids.value_or(std::vector<unsigned>{})) {
            nvml::AccountingStats stats{};
            if (!is_pid(pid) || nvml_.accounting_stats(device, pid, &stats) != Status::success) continue;
            GpuAccount account{static_cast<pid_t>(pid), static_cast<std::int64_t>(stats.start_time), {}};
            if (stats.max_memory_usage < (std::uint64_t{1} << 50))
                account.mem_max_bytes = static_cast<std::int64_t>(stats.max_memory_usage);
            accounts.push_back(account);
        }
        return accounts;
    }

  private:
    struct Device {
        nvml::Device handle = nullptr;
        std::int64_t seen_us = 0;  // the last sample that was handed out
    };

    void add_gpu(unsigned index) {
        nvml::Device handle = nullptr;
        char uuid[nvml::k_uuid_size] = "";
        Status status = nvml_.by_index(index, &handle);
        if (status == Status::success) status = nvml_.uuid(handle, uuid, sizeof uuid);
        const bool is_lost = status == Status::gpu_is_lost || status == Status::unknown;
        if (status != Status::success && !is_lost) return;
        gpus_.push_back({is_lost ? "" : uuid, index, !is_lost && is_mig(handle), is_lost});
        devices_.push_back({handle, since_us_});
    }

    bool is_mig(nvml::Device device) const {
        unsigned current = nvml::k_mig_disabled;
        unsigned pending = nvml::k_mig_disabled;
        return nvml_.mig != nullptr && nvml_.mig(device, &current, &pending) == Status::success &&
               current == nvml::k_mig_enabled;
    }

    void read_energy(nvml::Device device, GpuReading& reading) const {
        unsigned long long millijoules = 0;
        unsigned milliwatts = 0;
        if (nvml_.energy != nullptr && nvml_.energy(device, &millijoules) == Status::success)
            reading.energy_j = static_cast<double>(millijoules) / 1000;
        if (nvml_.power != nullptr && nvml_.power(device, &milliwatts) == Status::success)
            reading.power_w = milliwatts / 1000.0;
    }

    void read_memory(nvml::Device device, GpuReading& reading) const {
        nvml::MemoryV2 newer{};
        newer.version = nvml::k_memory_v2;
        nvml::Memory older{};
        if (nvml_.memory_v2 != nullptr && nvml_.memory_v2(device, &newer) == Status::success) {
            reading.mem_used = static_cast<std::int64_t>(newer.used);
            reading.mem_total = static_cast<std::int64_t>(newer.total);
        } else if (nvml_.memory != nullptr && nvml_.memory(device, &older) == Status::success) {
            reading.mem_used = static_cast<std::int64_t>(older.used);
            reading.mem_total = static_cast<std::int64_t>(older.total);
        }
    }

    // All kinds together; one process may be of several and is then listed once, with what it uses at most.
    std::optional<std::vector<GpuProcess>> running(nvml::Device device) const {
        std::optional<std::vector<GpuProcess>> all;
        for (const NvmlLibrary::Processes& kind : nvml_.processes) {
            if (kind.newer != nullptr) {
                take_processes(all, fetch_processes(kind.newer, device));
            } else if (kind.oldest != nullptr) {
                take_processes(all,
                               fetch_list<nvml::ProcessInfoV1>([&](unsigned* count, nvml::ProcessInfoV1* to) {
                                   return kind.oldest(device, count, to);
                               }));
            }
        }
        return all;
    }

    template <class Info>
    static void take_processes(std::optional<std::vector<GpuProcess>>& all,
                               const std::optional<std::vector<Info>>& infos) {
        if (!infos) return;
        if (!all) all.emplace();
        for (const Info& info : *infos) {
            if (!is_pid(info.pid)) continue;
            GpuProcess process{static_cast<pid_t>(info.pid), std::nullopt};
            if (info.used_gpu_memory < (std::uint64_t{1} << 50))
                process.mem_bytes = static_cast<std::int64_t>(info.used_gpu_memory);
            const auto same = std::find_if(all->begin(), all->end(),
                                           [&](const GpuProcess& p) { return p.pid == process.pid; });
            if (same == all->end()) {
                all->push_back(process);
            } else {
                same->mem_bytes = std::max(same->mem_bytes, process.mem_bytes);
            }
        }
    }

    std::optional<std::vector<BusySample>> busy(Device& device) const {
        if (nvml_.busy == nullptr) return std::nullopt;
        const std::int64_t newest_us = utc_us() + k_clock_slack_us;
        if (device.seen_us > newest_us) device.seen_us = newest_us - k_clock_slack_us;
        const auto since = static_cast<unsigned long long>(device.seen_us);
        const auto samples = fetch_list<nvml::ProcessUtilizationSample>(
            [&](unsigned* count, nvml::ProcessUtilizationSample* to) {
                return nvml_.busy(device.handle, to, count, since);
            });
        if (!samples) return std::nullopt;
        std::vector<BusySample> busy;
        std::int64_t latest = device.seen_us;
        for (const auto& sample : *samples) {
            const auto time = static_cast<std::int64_t>(sample.time_stamp);
            if (!is_pid(sample.pid) || sample.sm_util == 0 || sample.sm_util > 100 ||
                time <= device.seen_us || time > newest_us)
                continue;
            busy.push_back({static_cast<pid_t>(sample.pid), time, sample.sm_util});
            latest = std::max(latest, time);
        }
        std::sort(busy.begin(), busy.end(),
                  [](const BusySample& a, const BusySample& b) { return a.time_us < b.time_us; });
        device.seen_us = latest;
        return busy;
    }

    NvmlLibrary nvml_;
    std::int64_t since_us_;
    bool simulated_ = false;
    std::vector<Gpu> gpus_;
    std::vector<Device> devices_;  // parallel
};

}  // namespace

OpenedSource open_nvml(const std::string& library, std::int64_t since_us) {
    NvmlLibrary functions;
    if (!load_nvml(library, functions)) return {nullptr, "no-library"};
    auto source = std::make_unique<NvmlSource>(functions, since_us);
    if (!source->start()) return {nullptr, "no-driver"};
    return {std::move(source), ""};
}

}  // namespace sbraid::collect

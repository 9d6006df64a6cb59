// Exported: what the processes do. With SBRAID_FAKE_NVML_V1 only the oldest generation, to test the way back
// to it.
#include <algorithm>
#include <type_traits>
#include <vector>

#include "library.hpp"

using sbraid::nvml::Device;
using sbraid::nvml::Status;
using sbraid::sim::Call;
using sbraid::sim::k_garbage;
using sbraid::sim::Library;

namespace {

// Stores `entries` by the rule for counts: in `count` the room, out how many; too little room is an answer of
// its own.
template <typename Entry>
Status store_list(const std::vector<Entry>& entries, unsigned* count, Entry* to) {
    const unsigned room = to == nullptr ? 0 : *count;
    *count = static_cast<unsigned>(entries.size());
    if (entries.size() > room) return Status::insufficient_size;
    std::copy(entries.begin(), entries.end(), to);
    return Status::success;
}

template <typename Info>
Info process_info(const Call& call, Device device, const sbraid::sim::RunningProcess& process) {
    Info info{};
    info.pid = process.pid;
    info.used_gpu_memory = process.memory_bytes;
    if constexpr (requires { info.gpu_instance_id; }) {
        info.gpu_instance_id = call.is_mig(device) ? 1 : sbraid::nvml::k_not_available_u32;
        info.compute_instance_id = call.is_mig(device) ? 0 : sbraid::nvml::k_not_available_u32;
    }
    return info;
}

template <typename Info>
Status compute_processes(const char* function, Device device, unsigned* count, Info* infos) {
    return Library::instance().run_on(function, device, [&](Call& call) {
        if (count == nullptr) return Status::invalid_argument;
        std::vector<Info> found;
        for (const auto& process : running_processes(call.observe(), device->entry.uuid)) {
            found.push_back(process_info<Info>(call, device, process));
        }
        if (call.garbage()) {
            found.push_back(process_info<Info>(call, device, {0, sbraid::nvml::k_not_available_u64 - 1}));
        }
        if constexpr (std::is_same_v<Info, sbraid::nvml::ProcessInfo>) {
            if (call.has(sbraid::sim::FaultKind::long_entries, device)) {
                std::vector<sbraid::nvml::ProcessInfoProtected> longer;
                for (const Info& info : found)
                    longer.push_back(
                        {info.pid, info.used_gpu_memory, info.gpu_instance_id, info.compute_instance_id, 0});
                // What those drivers did to callers that knew the shorter struct only.
                return store_list(longer, count,
                                  reinterpret_cast<sbraid::nvml::ProcessInfoProtected*>(infos));
            }
        }
        return store_list(found, count, infos);
    });
}

// No simulated process draws pictures or is a client of MPS.
template <typename Info>
Status no_processes(const char* function, Device device, unsigned* count, Info*) {
    return Library::instance().run_on(function, device, [&](Call&) {
        if (count == nullptr) return Status::invalid_argument;
        *count = 0;
        return Status::success;
    });
}

// The samples as structs of the old or the new call, which have the same names for their fields.
template <typename Info>
std::vector<Info> sample_infos(Call& call, Device device, std::uint64_t since_us) {
    std::vector<Info> infos;
    const auto snapshot = call.observe();
    for (const auto& sample : samples(snapshot, device->entry.uuid, since_us)) {
        Info info{};
        info.pid = sample.pid;
        info.time_stamp = sample.time_us;
        info.sm_util = sample.util;
        info.mem_util = sample.util / 2;
        infos.push_back(info);
    }
    if (call.garbage()) {
        Info info{};
        info.time_stamp = snapshot.now.wall_us;
        info.sm_util = info.mem_util = info.enc_util = info.dec_util = k_garbage;
        infos.push_back(info);
    }
    return infos;
}

bool accounting_is_on(const Call& call, Device device) {
    return !call.is_mig(device) && !call.has(sbraid::sim::FaultKind::no_accounting, device);
}

constexpr unsigned k_accounting_buffer = 4000;

// What the driver's buffer still holds, oldest first; empty while accounting is off.
std::vector<sbraid::sim::Account> kept_accounts(Call& call, Device device) {
    if (!accounting_is_on(call, device)) return {};
    auto kept = accounts(call.observe(), device->entry.uuid);
    if (kept.size() > k_accounting_buffer) kept.erase(kept.begin(), kept.end() - k_accounting_buffer);
    return kept;
}

}  // namespace

SBRAID_EXPORT Status nvmlDeviceGetComputeRunningProcesses(Device device, unsigned* count,
                                                          sbraid::nvml::ProcessInfoV1* infos) {
    return compute_processes("nvmlDeviceGetComputeRunningProcesses", device, count, infos);
}

SBRAID_EXPORT Status nvmlDeviceGetGraphicsRunningProcesses(Device device, unsigned* count,
                                                           sbraid::nvml::ProcessInfoV1* infos) {
    return no_processes("nvmlDeviceGetGraphicsRunningProcesses", device, count, infos);
}

SBRAID_EXPORT Status nvmlDeviceGetProcessUtilization(Device device,
                                                     sbraid::nvml::ProcessUtilizationSample* infos,
                                                     unsigned* count, unsigned long long last_seen) {
    return Library::instance().run_on("nvmlDeviceGetProcessUtilization", device, [&](Call& call) {
        if (count == nullptr) return Status::invalid_argument;
        if (call.is_mig(device)) return Status::not_supported;
        const auto found = sample_infos<sbraid::nvml::ProcessUtilizationSample>(call, device, last_seen);
        return found.empty() ? Status::not_found : store_list(found, count, infos);
    });
}

SBRAID_EXPORT Status nvmlDeviceGetAccountingMode(Device device, sbraid::nvml::Feature* mode) {
    return Library::instance().run_on("nvmlDeviceGetAccountingMode", device, [&](Call& call) {
        if (mode == nullptr) return Status::invalid_argument;
        *mode =
            accounting_is_on(call, device) ? sbraid::nvml::Feature::enabled : sbraid::nvml::Feature::disabled;
        return Status::success;
    });
}

SBRAID_EXPORT Status nvmlDeviceGetAccountingStats(Device device, unsigned pid,
                                                  sbraid::nvml::AccountingStats* stats) {
    return Library::instance().run_on("nvmlDeviceGetAccountingStats", device, [&](Call& call) {
        if (stats == nullptr) return Status::invalid_argument;
        if (call.is_mig(device)) return Status::not_supported;
        for (const auto& account : kept_accounts(call, device)) {
            if (account.pid != pid) continue;
            *stats = {};
            stats->gpu_utilization = call.garbage() ? k_garbage : account.util;
            stats->memory_utilization = account.util / 2;
            stats->max_memory_usage = account.max_memory_bytes;
            stats->time = account.lifetime_ms;
            stats->start_time = account.start_us;
            stats->is_running = account.running ? 1 : 0;
            return Status::success;
        }
        return Status::not_found;
    });
}

SBRAID_EXPORT Status nvmlDeviceGetAccountingPids(Device device, unsigned* count, unsigned* pids) {
    return Library::instance().run_on("nvmlDeviceGetAccountingPids", device, [&](Call& call) {
        if (count == nullptr) return Status::invalid_argument;
        if (call.is_mig(device)) return Status::not_supported;
        std::vector<unsigned> found;
        for (const auto& account : kept_accounts(call, device)) found.push_back(account.pid);
        return store_list(found, count, pids);
    });
}

SBRAID_EXPORT Status nvmlDeviceGetAccountingBufferSize(Device device, unsigned* size) {
    return Library::instance().run_on("nvmlDeviceGetAccountingBufferSize", device, [&](Call&) {
        if (size == nullptr) return Status::invalid_argument;
        *size = k_accounting_buffer;
        return Status::success;
    });
}

#ifndef SBRAID_FAKE_NVML_V1
SBRAID_EXPORT Status nvmlDeviceGetComputeRunningProcesses_v2(Device device, unsigned* count,
                                                             sbraid::nvml::ProcessInfo* infos) {
    return compute_processes("nvmlDeviceGetComputeRunningProcesses_v2", device, count, infos);
}

SBRAID_EXPORT Status nvmlDeviceGetComputeRunningProcesses_v3(Device device, unsigned* count,
                                                             sbraid::nvml::ProcessInfo* infos) {
    return compute_processes("nvmlDeviceGetComputeRunningProcesses_v3", device, count, infos);
}

SBRAID_EXPORT Status nvmlDeviceGetGraphicsRunningProcesses_v3(Device device, unsigned* count,
                                                              sbraid::nvml::ProcessInfo* infos) {
    return no_processes("nvmlDeviceGetGraphicsRunningProcesses_v3", device, count, infos);
}

SBRAID_EXPORT Status nvmlDeviceGetMPSComputeRunningProcesses_v3(Device device, unsigned* count,
                                                                sbraid::nvml::ProcessInfo* infos) {
    return no_processes("nvmlDeviceGetMPSComputeRunningProcesses_v3", device, count, infos);
}

SBRAID_EXPORT Status nvmlDeviceGetProcessesUtilizationInfo(Device device,
                                                           sbraid::nvml::ProcessesUtilizationInfo* info) {
    return Library::instance().run_on("nvmlDeviceGetProcessesUtilizationInfo", device, [&](Call& call) {
        if (info == nullptr) return Status::invalid_argument;
        if (info->version != sbraid::nvml::k_processes_utilization_info_v1)
            return Status::argument_version_mismatch;
        if (call.is_mig(device)) return Status::not_supported;
        const auto found =
            sample_infos<sbraid::nvml::ProcessUtilizationInfo>(call, device, info->last_seen_time_stamp);
        if (found.empty()) return Status::not_found;
        return store_list(found, &info->process_samples_count, info->process_utilization);
    });
}

namespace {

using namespace sbraid;
static_assert(
    std::is_same_v<decltype(&nvmlDeviceGetComputeRunningProcesses_v2), nvml::DeviceGetRunningProcesses>);
static_assert(
    std::is_same_v<decltype(&nvmlDeviceGetComputeRunningProcesses_v3), nvml::DeviceGetRunningProcesses>);
static_assert(
    std::is_same_v<decltype(&nvmlDeviceGetGraphicsRunningProcesses_v3), nvml::DeviceGetRunningProcesses>);
static_assert(
    std::is_same_v<decltype(&nvmlDeviceGetMPSComputeRunningProcesses_v3), nvml::DeviceGetRunningProcesses>);
static_assert(std::is_same_v<decltype(&nvmlDeviceGetProcessesUtilizationInfo),
                             nvml::DeviceGetProcessesUtilizationInfo>);

}  // namespace
#endif

namespace {

using namespace sbraid;
static_assert(
    std::is_same_v<decltype(&nvmlDeviceGetComputeRunningProcesses), nvml::DeviceGetRunningProcessesV1>);
static_assert(
    std::is_same_v<decltype(&nvmlDeviceGetGraphicsRunningProcesses), nvml::DeviceGetRunningProcessesV1>);
static_assert(std::is_same_v<decltype(&nvmlDeviceGetProcessUtilization), nvml::DeviceGetProcessUtilization>);
static_assert(std::is_same_v<decltype(&nvmlDeviceGetAccountingMode), nvml::DeviceGetAccountingMode>);
static_assert(std::is_same_v<decltype(&nvmlDeviceGetAccountingStats), nvml::DeviceGetAccountingStats>);
static_assert(std::is_same_v<decltype(&nvmlDeviceGetAccountingPids), nvml::DeviceGetAccountingPids>);
static_assert(std::is_same_v<decltype(&nvmlDeviceGetAccountingBufferSize), nvml::DeviceGetUnsigned>);

}  // namespace

// The slice of NVIDIA's NVML binary interface that we use, declared by ourselves.
//
// The library is never linked and its header never needed: the collector finds `libnvidia-ml.so.1` by dlopen,
// each function by dlsym under the name given beside its type, and calls it through that type. The tests'
// fake library exports the same names and checks each against the type here, so the two cannot drift apart.
//
// Facts are those of the public NVML API reference (docs.nvidia.com/deploy/nvml-api); sizes hold for LP64
// Linux. Rules for all functions: they may be called from any thread; every one but error_string and the two
// init functions fails with `uninitialized` outside init … shutdown (which count, and must pair); any of them
// may block for as long as the kernel driver does. Out-parameters are defined only after `success`, but for
// the counts that come back with `insufficient_size`.
//
// The same call exists in versions with different structs. A version's function must be given that version's
// struct: mixing them gives plausible, wrong process ids.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sbraid::nvml {

// What every call returns (nvmlReturn_t). Other values may come from newer drivers.
enum class Status : int {
    success = 0,
    uninitialized = 1,
    invalid_argument = 2,
    not_supported = 3,  // by this device, or in this mode (MIG)
    no_permission = 4,
    already_initialized = 5,
    not_found = 6,          // of get_process_utilization: no sample, which is not an error
    insufficient_size = 7,  // the needed count has been stored
    driver_not_loaded = 9,
    timeout = 10,
    library_not_found = 12,
    function_not_found = 13,
    gpu_is_lost = 15,  // fell off the bus; stays so until a reset
    reset_required = 16,
    operating_system = 17,         // blocked by the operating system or cgroups
    lib_rm_version_mismatch = 18,  // the driver was upgraded under us
    in_use = 19,
    memory = 20,
    no_data = 21,
    argument_version_mismatch = 25,
    unknown = 999,
};

// nvmlDevice_t: opaque, owned by the library, valid until its last shutdown.
struct DeviceTag;
using Device = DeviceTag*;

// Stored instead of a number that the driver does not know (for example usedGpuMemory under MIG without
// rights).
inline constexpr std::uint64_t k_not_available_u64 = ~std::uint64_t{0};
inline constexpr std::uint32_t k_not_available_u32 = ~std::uint32_t{0};

// Sizes of buffers that hold any value, with the terminating zero.
inline constexpr std::size_t k_uuid_size = 96;  // "GPU-<uuid>", "MIG-<uuid>"
inline constexpr std::size_t k_name_size = 96;
inline constexpr std::size_t k_version_size = 80;  // of driver and of library
inline constexpr std::size_t k_pci_bus_id_size = 32;
inline constexpr std::size_t k_pci_bus_id_legacy_size = 16;

enum class Feature : int { disabled = 0, enabled = 1 };  // nvmlEnableState_t
enum class ClockType : int { graphics = 0, sm = 1, memory = 2, video = 3 };
enum class TemperatureSensor : int { gpu = 0 };
enum class ComputeMode : int { shared = 0, exclusive_thread = 1, prohibited = 2, exclusive_process = 3 };

inline constexpr unsigned k_mig_disabled = 0;
inline constexpr unsigned k_mig_enabled = 1;

// A versioned struct carries its own size and its version in its field `version`.
template <typename Struct>
constexpr unsigned struct_version(unsigned version) {
    return static_cast<unsigned>(sizeof(Struct)) | (version << 24U);
}

// nvmlPciInfo_t, as filled by GetPciInfo_v3.
struct PciInfo {
    char bus_id_legacy[k_pci_bus_id_legacy_size];  // "0000:3B:00.0"
    unsigned domain;
    unsigned bus;
    unsigned device;
    unsigned pci_device_id;  // device id in the high, vendor id in the low 16 bits
    unsigned pci_sub_system_id;
    char bus_id[k_pci_bus_id_size];  // "00000000:3B:00.0"
};
static_assert(sizeof(PciInfo) == 68 && offsetof(PciInfo, bus_id) == 36);

// nvmlMemory_t, bytes of the whole device. `used` includes what the driver reserves.
struct Memory {
    std::uint64_t total;
    std::uint64_t free;
    std::uint64_t used;
};
static_assert(sizeof(Memory) == 24);

// nvmlMemory_v2_t, bytes. `used` is without `reserved`. `version` is set by the caller.
struct MemoryV2 {
    unsigned version;
    std::uint64_t total;
    std::uint64_t reserved;
    std::uint64_t free;
    std::uint64_t used;
};
static_assert(sizeof(MemoryV2) == 40 && offsetof(MemoryV2, total) == 8);
inline constexpr unsigned k_memory_v2 = struct_version<MemoryV2>(2);

// nvmlUtilization_t: percent of the last sample period (1/6 to 1 s) with a kernel running, and with memory in
// use.
struct Utilization {
    unsigned gpu;
    unsigned memory;
};
static_assert(sizeof(Utilization) == 8);

// The struct of Get{Compute,Graphics}RunningProcesses without suffix.
struct ProcessInfoV1 {
    unsigned pid;
    std::uint64_t used_gpu_memory;  // bytes, or k_not_available_u64
};
static_assert(sizeof(ProcessInfoV1) == 16 && offsetof(ProcessInfoV1, used_gpu_memory) == 8);

// The struct of the _v2 and of the _v3 functions (nvmlProcessInfo_v2_t and nvmlProcessInfo_t).
struct ProcessInfo {
    unsigned pid;
    std::uint64_t used_gpu_memory;  // bytes, or k_not_available_u64
    unsigned gpu_instance_id;       // k_not_available_u32 without MIG
    unsigned compute_instance_id;   // the same
};
static_assert(sizeof(ProcessInfo) == 24 && offsetof(ProcessInfo, gpu_instance_id) == 16);

// Some drivers of the 535 series fill this struct under the _v3 names, and write beyond a buffer made for the
// one above. Nothing in the answer tells which it is but how far it reaches.
struct ProcessInfoProtected {
    unsigned pid;
    std::uint64_t used_gpu_memory;
    unsigned gpu_instance_id;
    unsigned compute_instance_id;
    std::uint64_t used_gpu_cc_protected_memory;
};
static_assert(sizeof(ProcessInfoProtected) == 32 &&
              offsetof(ProcessInfoProtected, used_gpu_cc_protected_memory) == 24);

// nvmlProcessUtilizationSample_t: one process in one sample period. Percentages; values beyond 100 and pid 0
// have been seen: such a sample says nothing.
struct ProcessUtilizationSample {
    unsigned pid;
    std::uint64_t time_stamp;  // microseconds, wall clock
    unsigned sm_util;
    unsigned mem_util;
    unsigned enc_util;
    unsigned dec_util;
};
static_assert(sizeof(ProcessUtilizationSample) == 32 && offsetof(ProcessUtilizationSample, time_stamp) == 8 &&
              offsetof(ProcessUtilizationSample, sm_util) == 16);

// nvmlProcessUtilizationInfo_v1_t and its container, of GetProcessesUtilizationInfo (driver 550 and newer).
struct ProcessUtilizationInfo {
    std::uint64_t time_stamp;  // microseconds, wall clock
    unsigned pid;
    unsigned sm_util;
    unsigned mem_util;
    unsigned enc_util;
    unsigned dec_util;
    unsigned jpg_util;
    unsigned ofa_util;
};
static_assert(sizeof(ProcessUtilizationInfo) == 40 && offsetof(ProcessUtilizationInfo, pid) == 8);

struct ProcessesUtilizationInfo {
    unsigned version;                // set by the caller
    unsigned process_samples_count;  // in: room in the array; out: entries there are
    std::uint64_t last_seen_time_stamp;
    ProcessUtilizationInfo* process_utilization;  // the caller's, may be null to ask for the count
};
static_assert(sizeof(ProcessesUtilizationInfo) == 24);
inline constexpr unsigned k_processes_utilization_info_v1 = struct_version<ProcessesUtilizationInfo>(1);

// nvmlAccountingStats_t: one process over its whole life, kept after its end in a ring buffer of the driver.
struct AccountingStats {
    unsigned gpu_utilization;        // percent of the lifetime, or k_not_available_u32
    unsigned memory_utilization;     // the same
    std::uint64_t max_memory_usage;  // bytes, or k_not_available_u64
    std::uint64_t time;              // milliseconds with an active context; 0 while the process runs
    std::uint64_t start_time;        // microseconds, wall clock
    unsigned is_running;             // 0 or 1
    unsigned reserved[5];
};
static_assert(sizeof(AccountingStats) == 56 && offsetof(AccountingStats, is_running) == 32);

// Types of the functions, each with the name to ask dlsym for. Several have one type and are named together.
using Init = Status (*)();                                    // nvmlInit_v2
using InitWithFlags = Status (*)(unsigned flags);             // nvmlInitWithFlags
using Shutdown = Status (*)();                                // nvmlShutdown
using ErrorString = const char* (*)(Status status);           // nvmlErrorString: static text, never null
using SystemGetText = Status (*)(char* text, unsigned size);  // nvmlSystemGet{DriverVersion,NVMLVersion}

using DeviceGetCount = Status (*)(unsigned* count);                         // nvmlDeviceGetCount_v2
using DeviceGetHandleByIndex = Status (*)(unsigned index, Device* device);  // nvmlDeviceGetHandleByIndex_v2
using DeviceGetHandleByText = Status (*)(const char* text,
                                         Device* device);  // nvmlDeviceGetHandleBy{UUID,PciBusId_v2}
using DeviceGetText = Status (*)(Device device, char* text, unsigned size);  // nvmlDeviceGet{Name,UUID}
using DeviceGetPciInfo = Status (*)(Device device, PciInfo* pci);            // nvmlDeviceGetPciInfo_v3
using DeviceGetMemoryInfo = Status (*)(Device device, Memory* memory);       // nvmlDeviceGetMemoryInfo
using DeviceGetMemoryInfoV2 = Status (*)(Device device, MemoryV2* memory);   // nvmlDeviceGetMemoryInfo_v2
using DeviceGetUtilizationRates = Status (*)(Device device,
                                             Utilization* utilization);  // nvmlDeviceGetUtilizationRates
// nvmlDeviceGetTotalEnergyConsumption: millijoules of the whole board since the driver was loaded.
using DeviceGetTotalEnergyConsumption = Status (*)(Device device, unsigned long long* millijoules);
// nvmlDeviceGet{MinorNumber,Index,MaxMigDeviceCount,AccountingBufferSize}, and in milliwatts
// nvmlDeviceGet{PowerUsage,EnforcedPowerLimit}.
using DeviceGetUnsigned = Status (*)(Device device, unsigned* value);
using DeviceGetClockInfo = Status (*)(Device device, ClockType type,
                                      unsigned* mhz);  // nvmlDeviceGetClockInfo
using DeviceGetTemperature = Status (*)(Device device, TemperatureSensor sensor,
                                        unsigned* celsius);  // nvmlDeviceGetTemperature
using DeviceGetMigMode = Status (*)(Device device, unsigned* current,
                                    unsigned* pending);                     // nvmlDeviceGetMigMode
using DeviceGetComputeMode = Status (*)(Device device, ComputeMode* mode);  // nvmlDeviceGetComputeMode

// nvmlDeviceGet{Compute,Graphics,MPSCompute}RunningProcesses: in `count` the room, out the entries. With too
// little room (0 and null to ask) `insufficient_size` and the needed count; `success` and 0 when there is no
// process.
using DeviceGetRunningProcessesV1 = Status (*)(Device device, unsigned* count, ProcessInfoV1* processes);
// The same with the suffixes _v2 and _v3.
using DeviceGetRunningProcesses = Status (*)(Device device, unsigned* count, ProcessInfo* processes);

// nvmlDeviceGetProcessUtilization: the samples newer than `last_seen` (microseconds; 0 is all that the
// driver's ring buffer still has) of processes that used the device in their sample period. With a null array
// the count is stored and `insufficient_size` comes back. `not_found` where there is none; `not_supported`
// under MIG.
using DeviceGetProcessUtilization = Status (*)(Device device, ProcessUtilizationSample* samples,
                                               unsigned* count, unsigned long long last_seen);
// nvmlDeviceGetProcessesUtilizationInfo: the same with one struct.
using DeviceGetProcessesUtilizationInfo = Status (*)(Device device, ProcessesUtilizationInfo* info);

using DeviceGetAccountingMode = Status (*)(Device device, Feature* mode);  // nvmlDeviceGetAccountingMode
// nvmlDeviceGetAccountingStats: `not_found` for a process that the buffer does not know.
using DeviceGetAccountingStats = Status (*)(Device device, unsigned pid, AccountingStats* stats);
// nvmlDeviceGetAccountingPids: counts like the running processes.
using DeviceGetAccountingPids = Status (*)(Device device, unsigned* count, unsigned* pids);

}  // namespace sbraid::nvml

// The functions of libnvidia-ml.so.1 that the running driver has.
#pragma once

#include <memory>
#include <string>

#include "collect/nvml_abi.hpp"

namespace sbraid::collect {

// A function that the library lacks is null. The library stays loaded for the life of the process: unloading
// a driver library buys nothing and has crashed others.
struct NvmlLibrary {
    nvml::Init init = nullptr;
    nvml::SystemGetText driver_version = nullptr;
    nvml::DeviceGetCount count = nullptr;
    nvml::DeviceGetHandleByIndex by_index = nullptr;
    nvml::DeviceGetText uuid = nullptr;
    nvml::DeviceGetMemoryInfo memory = nullptr;
    nvml::DeviceGetMemoryInfoV2 memory_v2 = nullptr;
    nvml::DeviceGetUtilizationRates rates = nullptr;
    nvml::DeviceGetTotalEnergyConsumption energy = nullptr;
    nvml::DeviceGetUnsigned power = nullptr;
    nvml::DeviceGetMigMode mig = nullptr;
    // Compute, graphics, MPS: of each kind the newest version, with the struct that belongs to it.
    struct Processes {
        nvml::DeviceGetRunningProcesses newer = nullptr;
        nvml::DeviceGetRunningProcessesV1 oldest = nullptr;  // where there is no newer one
    };
    Processes processes[3];
    nvml::DeviceGetProcessUtilization busy = nullptr;
    nvml::DeviceGetAccountingMode accounting_mode = nullptr;
    nvml::DeviceGetAccountingPids accounting_pids = nullptr;
    nvml::DeviceGetAccountingStats accounting_stats = nullptr;
};

// Empty `path`: libnvidia-ml.so.1 by the system's search path. False when it cannot be loaded or lacks what
// nothing goes without (init, count, handles, UUIDs).
bool load_nvml(const std::string& path, NvmlLibrary& library);

}  // namespace sbraid::collect

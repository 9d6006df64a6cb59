// Exported: what a device is and how it is doing, as a whole.
#include <algorithm>
#include <cstring>
#include <limits>
#include <type_traits>

#include "library.hpp"

using sbraid::nvml::Device;
using sbraid::nvml::Status;
using sbraid::sim::Call;
using sbraid::sim::k_garbage;
using sbraid::sim::Library;

namespace sbraid::sim {

std::string bus_id(const DeviceEntry& entry);  // nvml_system.cpp

}  // namespace sbraid::sim

namespace {

// Stores the number that `value(call)` gives.
template <typename Number, typename Value>
Status answer(const char* function, Device device, Number* to, Value value) {
    return Library::instance().run_on(function, device, [&](Call& call) {
        if (to == nullptr) return Status::invalid_argument;
        *to = call.garbage() ? static_cast<Number>(k_garbage) : static_cast<Number>(value(call));
        return Status::success;
    });
}

struct Bytes {
    std::uint64_t total;
    std::uint64_t used;
};

Bytes device_memory(Call& call, Device device) {
    const std::uint64_t total = device->entry.memory_mib << 20U;
    if (call.garbage()) return {total, std::numeric_limits<std::uint64_t>::max()};
    return {total, memory_used(call.observe(), device->entry.uuid)};
}

std::uint64_t free_bytes(const Bytes& bytes) {
    return bytes.total - std::min(bytes.used, bytes.total);
}

}  // namespace

SBRAID_EXPORT Status nvmlDeviceGetName(Device device, char* text, unsigned size) {
    return Library::instance().run_on("nvmlDeviceGetName", device, [&](Call&) {
        return sbraid::sim::store_text(device->entry.name, text, size);
    });
}

SBRAID_EXPORT Status nvmlDeviceGetUUID(Device device, char* text, unsigned size) {
    return Library::instance().run_on("nvmlDeviceGetUUID", device, [&](Call&) {
        return sbraid::sim::store_text(device->entry.uuid, text, size);
    });
}

SBRAID_EXPORT Status nvmlDeviceGetMinorNumber(Device device, unsigned* minor) {
    return answer("nvmlDeviceGetMinorNumber", device, minor, [&](Call&) { return device->entry.index ^ 1U; });
}

SBRAID_EXPORT Status nvmlDeviceGetIndex(Device device, unsigned* index) {
    return answer("nvmlDeviceGetIndex", device, index, [&](Call&) { return device->position; });
}

SBRAID_EXPORT Status nvmlDeviceGetPciInfo_v3(Device device, sbraid::nvml::PciInfo* pci) {
    return Library::instance().run_on("nvmlDeviceGetPciInfo_v3", device, [&](Call&) {
        if (pci == nullptr) return Status::invalid_argument;
        const std::string text = sbraid::sim::bus_id(device->entry);
        *pci = {};
        std::memcpy(pci->bus_id, text.c_str(), text.size() + 1);
        std::memcpy(pci->bus_id_legacy, text.c_str() + 4,
                    text.size() - 3);  // the domain has four digits there
        pci->domain = device->entry.node_ordinal;
        pci->bus = device->entry.index;
        pci->pci_device_id = 0x233010DE;  // an H100's
        pci->pci_sub_system_id = 0x16C110DE;
        return Status::success;
    });
}

SBRAID_EXPORT Status nvmlDeviceGetMemoryInfo(Device device, sbraid::nvml::Memory* memory) {
    return Library::instance().run_on("nvmlDeviceGetMemoryInfo", device, [&](Call& call) {
        if (memory == nullptr) return Status::invalid_argument;
        const Bytes bytes = device_memory(call, device);
        *memory = {bytes.total, free_bytes(bytes), bytes.used};
        return Status::success;
    });
}

SBRAID_EXPORT Status nvmlDeviceGetUtilizationRates(Device device, sbraid::nvml::Utilization* rates) {
    return Library::instance().run_on("nvmlDeviceGetUtilizationRates", device, [&](Call& call) {
        if (rates == nullptr) return Status::invalid_argument;
        if (call.is_mig(device)) return Status::not_supported;
        const unsigned util = call.garbage() ? k_garbage : utilization(call.observe(), device->entry.uuid);
        *rates = {util, util / 2};
        return Status::success;
    });
}

SBRAID_EXPORT Status nvmlDeviceGetTotalEnergyConsumption(Device device, unsigned long long* millijoules) {
    return answer("nvmlDeviceGetTotalEnergyConsumption", device, millijoules,
                  [&](Call& call) { return energy_mj(call.observe(), device->entry.uuid); });
}

SBRAID_EXPORT Status nvmlDeviceGetPowerUsage(Device device, unsigned* milliwatts) {
    return answer("nvmlDeviceGetPowerUsage", device, milliwatts,
                  [&](Call& call) { return power_mw(call.observe(), device->entry.uuid); });
}

SBRAID_EXPORT Status nvmlDeviceGetEnforcedPowerLimit(Device device, unsigned* milliwatts) {
    return answer("nvmlDeviceGetEnforcedPowerLimit", device, milliwatts, [](Call&) { return 700'000; });
}

SBRAID_EXPORT Status nvmlDeviceGetClockInfo(Device device, sbraid::nvml::ClockType type, unsigned* mhz) {
    return answer("nvmlDeviceGetClockInfo", device, mhz, [&](Call& call) {
        if (type == sbraid::nvml::ClockType::memory) return 2619;
        return utilization(call.observe(), device->entry.uuid) > 0 ? 1980 : 345;
    });
}

SBRAID_EXPORT Status nvmlDeviceGetTemperature(Device device, sbraid::nvml::TemperatureSensor sensor,
                                              unsigned* celsius) {
    if (sensor != sbraid::nvml::TemperatureSensor::gpu) return Status::invalid_argument;
    return answer("nvmlDeviceGetTemperature", device, celsius,
                  [&](Call& call) { return 30 + utilization(call.observe(), device->entry.uuid) / 2; });
}

SBRAID_EXPORT Status nvmlDeviceGetMigMode(Device device, unsigned* current, unsigned* pending) {
    return Library::instance().run_on("nvmlDeviceGetMigMode", device, [&](Call& call) {
        if (current == nullptr || pending == nullptr) return Status::invalid_argument;
        *current = *pending =
            call.is_mig(device) ? sbraid::nvml::k_mig_enabled : sbraid::nvml::k_mig_disabled;
        return Status::success;
    });
}

SBRAID_EXPORT Status nvmlDeviceGetMaxMigDeviceCount(Device device, unsigned* count) {
    return answer("nvmlDeviceGetMaxMigDeviceCount", device, count,
                  [&](Call& call) { return call.is_mig(device) ? 7 : 0; });
}

SBRAID_EXPORT Status nvmlDeviceGetComputeMode(Device device, sbraid::nvml::ComputeMode* mode) {
    return Library::instance().run_on("nvmlDeviceGetComputeMode", device, [&](Call&) {
        if (mode == nullptr) return Status::invalid_argument;
        *mode = sbraid::nvml::ComputeMode::shared;
        return Status::success;
    });
}

#ifndef SBRAID_FAKE_NVML_V1
SBRAID_EXPORT Status nvmlDeviceGetMemoryInfo_v2(Device device, sbraid::nvml::MemoryV2* memory) {
    return Library::instance().run_on("nvmlDeviceGetMemoryInfo_v2", device, [&](Call& call) {
        if (memory == nullptr) return Status::invalid_argument;
        if (memory->version != sbraid::nvml::k_memory_v2) return Status::argument_version_mismatch;
        const Bytes bytes = device_memory(call, device);
        *memory = {sbraid::nvml::k_memory_v2, bytes.total, 0, free_bytes(bytes), bytes.used};
        return Status::success;
    });
}
static_assert(std::is_same_v<decltype(&nvmlDeviceGetMemoryInfo_v2), sbraid::nvml::DeviceGetMemoryInfoV2>);
#endif

namespace {

using namespace sbraid;
static_assert(std::is_same_v<decltype(&nvmlDeviceGetName), nvml::DeviceGetText>);
static_assert(std::is_same_v<decltype(&nvmlDeviceGetUUID), nvml::DeviceGetText>);
static_assert(std::is_same_v<decltype(&nvmlDeviceGetMinorNumber), nvml::DeviceGetUnsigned>);
static_assert(std::is_same_v<decltype(&nvmlDeviceGetIndex), nvml::DeviceGetUnsigned>);
static_assert(std::is_same_v<decltype(&nvmlDeviceGetPciInfo_v3), nvml::DeviceGetPciInfo>);
static_assert(std::is_same_v<decltype(&nvmlDeviceGetMemoryInfo), nvml::DeviceGetMemoryInfo>);
static_assert(std::is_same_v<decltype(&nvmlDeviceGetUtilizationRates), nvml::DeviceGetUtilizationRates>);
static_assert(
    std::is_same_v<decltype(&nvmlDeviceGetTotalEnergyConsumption), nvml::DeviceGetTotalEnergyConsumption>);
static_assert(std::is_same_v<decltype(&nvmlDeviceGetPowerUsage), nvml::DeviceGetUnsigned>);
static_assert(std::is_same_v<decltype(&nvmlDeviceGetEnforcedPowerLimit), nvml::DeviceGetUnsigned>);
static_assert(std::is_same_v<decltype(&nvmlDeviceGetClockInfo), nvml::DeviceGetClockInfo>);
static_assert(std::is_same_v<decltype(&nvmlDeviceGetTemperature), nvml::DeviceGetTemperature>);
static_assert(std::is_same_v<decltype(&nvmlDeviceGetMigMode), nvml::DeviceGetMigMode>);
static_assert(std::is_same_v<decltype(&nvmlDeviceGetMaxMigDeviceCount), nvml::DeviceGetUnsigned>);
static_assert(std::is_same_v<decltype(&nvmlDeviceGetComputeMode), nvml::DeviceGetComputeMode>);

}  // namespace

// Exported: the library as a whole, and finding devices. Each function is checked against the type in
// nvml_abi.hpp.
#include <cctype>
#include <cstdio>
#include <type_traits>

#include "library.hpp"
#include "text.hpp"

using sbraid::nvml::Device;
using sbraid::nvml::Status;
using sbraid::sim::Call;
using sbraid::sim::Library;

namespace {

Status handle(const Call& call, Device device, Device* to) {
    const Status status = call.check(device);
    if (status == Status::success) *to = device;
    return status;
}

// "0000:1A:00.0" and "00000000:1a:00.0" are one address: upper case, without the leading zeros of the domain.
std::string normal_bus_id(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
    std::string normal;
    for (const char c : text) normal += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return normal;
}

}  // namespace

namespace sbraid::sim {

std::string bus_id(const DeviceEntry& entry) {
    char text[nvml::k_pci_bus_id_size];
    std::snprintf(text, sizeof text, "%08X:%02X:00.0", entry.node_ordinal, entry.index);
    return text;
}

}  // namespace sbraid::sim

SBRAID_EXPORT Status nvmlInit_v2() {
    return Library::instance().initialise("nvmlInit_v2");
}

SBRAID_EXPORT Status nvmlInitWithFlags(unsigned) {
    return Library::instance().initialise("nvmlInitWithFlags");
}

SBRAID_EXPORT Status nvmlShutdown() {
    return Library::instance().shut_down();
}

SBRAID_EXPORT const char* nvmlErrorString(Status status) {
    switch (status) {
        case Status::success:
            return "Success";
        case Status::uninitialized:
            return "Uninitialized";
        case Status::invalid_argument:
            return "Invalid argument";
        case Status::not_supported:
            return "Not supported";
        case Status::no_permission:
            return "No permission";
        case Status::already_initialized:
            return "Already initialized";
        case Status::not_found:
            return "Not found";
        case Status::insufficient_size:
            return "Insufficient size";
        case Status::driver_not_loaded:
            return "Driver not loaded";
        case Status::timeout:
            return "Timeout";
        case Status::library_not_found:
            return "Library not found";
        case Status::function_not_found:
            return "Function not found";
        case Status::gpu_is_lost:
            return "GPU is lost";
        case Status::reset_required:
            return "Reset required";
        case Status::operating_system:
            return "Blocked by the operating system";
        case Status::lib_rm_version_mismatch:
            return "Driver/library version mismatch";
        case Status::in_use:
            return "In use";
        case Status::memory:
            return "Out of memory";
        case Status::no_data:
            return "No data";
        case Status::argument_version_mismatch:
            return "Argument version mismatch";
        case Status::unknown:
            break;
    }
    return "Unknown error";
}

// The word "simulated" is the sign by which consumers label what they show.
SBRAID_EXPORT Status nvmlSystemGetDriverVersion(char* text, unsigned size) {
    return Library::instance().run("nvmlSystemGetDriverVersion", [&](Call&) {
        return sbraid::sim::store_text("simulated 1.0", text, size);
    });
}

SBRAID_EXPORT Status nvmlSystemGetNVMLVersion(char* text, unsigned size) {
    return Library::instance().run("nvmlSystemGetNVMLVersion", [&](Call&) {
        return sbraid::sim::store_text("simulated 1.0", text, size);
    });
}

SBRAID_EXPORT Status nvmlDeviceGetCount_v2(unsigned* count) {
    return Library::instance().run("nvmlDeviceGetCount_v2", [&](Call& call) {
        if (count == nullptr) return Status::invalid_argument;
        *count = static_cast<unsigned>(call.devices().size());
        return Status::success;
    });
}

SBRAID_EXPORT Status nvmlDeviceGetHandleByIndex_v2(unsigned index, Device* device) {
    return Library::instance().run("nvmlDeviceGetHandleByIndex_v2", [&](Call& call) {
        if (device == nullptr || index >= call.devices().size()) return Status::invalid_argument;
        return handle(call, call.devices()[index], device);
    });
}

SBRAID_EXPORT Status nvmlDeviceGetHandleByUUID(const char* uuid, Device* device) {
    return Library::instance().run("nvmlDeviceGetHandleByUUID", [&](Call& call) {
        if (uuid == nullptr || device == nullptr) return Status::invalid_argument;
        for (Device candidate : call.devices()) {
            if (candidate->entry.uuid == uuid) return handle(call, candidate, device);
        }
        return Status::not_found;
    });
}

SBRAID_EXPORT Status nvmlDeviceGetHandleByPciBusId_v2(const char* bus_id, Device* device) {
    return Library::instance().run("nvmlDeviceGetHandleByPciBusId_v2", [&](Call& call) {
        if (bus_id == nullptr || device == nullptr) return Status::invalid_argument;
        for (Device candidate : call.devices()) {
            if (normal_bus_id(sbraid::sim::bus_id(candidate->entry)) == normal_bus_id(bus_id)) {
                return handle(call, candidate, device);
            }
        }
        return Status::not_found;
    });
}

namespace {

using namespace sbraid;
static_assert(std::is_same_v<decltype(&nvmlInit_v2), nvml::Init>);
static_assert(std::is_same_v<decltype(&nvmlInitWithFlags), nvml::InitWithFlags>);
static_assert(std::is_same_v<decltype(&nvmlShutdown), nvml::Shutdown>);
static_assert(std::is_same_v<decltype(&nvmlErrorString), nvml::ErrorString>);
static_assert(std::is_same_v<decltype(&nvmlSystemGetDriverVersion), nvml::SystemGetText>);
static_assert(std::is_same_v<decltype(&nvmlSystemGetNVMLVersion), nvml::SystemGetText>);
static_assert(std::is_same_v<decltype(&nvmlDeviceGetCount_v2), nvml::DeviceGetCount>);
static_assert(std::is_same_v<decltype(&nvmlDeviceGetHandleByIndex_v2), nvml::DeviceGetHandleByIndex>);
static_assert(std::is_same_v<decltype(&nvmlDeviceGetHandleByUUID), nvml::DeviceGetHandleByText>);
static_assert(std::is_same_v<decltype(&nvmlDeviceGetHandleByPciBusId_v2), nvml::DeviceGetHandleByText>);

}  // namespace

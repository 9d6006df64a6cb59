// The state of the fake library in one process, and the frame that every exported function runs in.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "../../plugin/collect/nvml_abi.hpp"
#include "device_model.hpp"
#include "faults.hpp"
#include "folder.hpp"

// What a device handle points to. Made at the first initialisation, and never moved or freed: a caller's
// stale handle is recognised, not followed.
struct sbraid::nvml::DeviceTag {
    DeviceTag(sbraid::sim::DeviceEntry what, unsigned where) : entry(std::move(what)), position(where) {}
    sbraid::sim::DeviceEntry entry;
    unsigned position = 0;  // the NVML index
};

#define SBRAID_EXPORT extern "C" __attribute__((visibility("default")))

namespace sbraid::sim {

// One call: what it may know, beside its arguments.
class Call {
  public:
    Call(std::vector<Fault> faults, bool garbage, std::vector<nvml::Device> devices, LoadReader* reader)
        : faults_(std::move(faults)), garbage_(garbage), devices_(std::move(devices)), reader_(reader) {}

    [[nodiscard]] const std::vector<nvml::Device>& devices() const { return devices_; }
    // Shall the answer be nonsense?
    [[nodiscard]] bool garbage() const { return garbage_; }
    [[nodiscard]] bool has(FaultKind kind, nvml::Device device) const {
        return has_device_fault(faults_, kind, device->entry.uuid);
    }
    [[nodiscard]] bool is_mig(nvml::Device device) const { return has(FaultKind::mig, device); }
    Snapshot observe() { return reader_->observe(); }

    // `success` for a device that can be asked; else what to answer.
    [[nodiscard]] nvml::Status check(nvml::Device device) const;

  private:
    std::vector<Fault> faults_;
    bool garbage_;
    std::vector<nvml::Device> devices_;
    LoadReader* reader_;
};

// The number that a garbage answer holds; a real driver has given it as a utilisation.
inline constexpr unsigned k_garbage = 2147483632;

class Library {
  public:
    // The only one; made at the first use and kept for ever.
    static Library& instance();

    // The two ends of a session; they count. The first reads the environment and the file of devices.
    nvml::Status initialise(const char* function) noexcept;
    nvml::Status shut_down() noexcept;

    // Runs body(call) under the library's lock unless a fault or a missing initialisation answers before it.
    // Exceptions become `unknown`.
    template <typename Body>
    nvml::Status run(const char* function, Body body) noexcept {
        try {
            const auto faults = faults_now();
            if (!faults) return nvml::Status::unknown;
            if (const auto status = suffer_faults(*faults, function)) return *status;
            const std::lock_guard guard(mutex_);
            if (sessions_ == 0) return nvml::Status::uninitialized;
            Call call(*faults, wants_garbage(*faults, function), devices_, &*reader_);
            return body(call);
        } catch (...) {
            return nvml::Status::unknown;
        }
    }

    // The same for a function of one device, which is checked first.
    template <typename Body>
    nvml::Status run_on(const char* function, nvml::Device device, Body body) noexcept {
        return run(function, [&](Call& call) {
            const nvml::Status status = call.check(device);
            return status == nvml::Status::success ? body(call) : status;
        });
    }

    // Lets a fault on dlopen happen.
    void loaded() noexcept;

  private:
    Library();
    bool find_devices();
    Result<std::vector<Fault>> faults_now();
    static std::optional<nvml::Status> suffer_faults(const std::vector<Fault>& faults, const char* function);
    static bool wants_garbage(const std::vector<Fault>& faults, const char* function);

    std::string folder_;  // empty: no simulation
    std::string node_;
    std::mutex mutex_;
    unsigned sessions_ = 0;
    std::vector<nvml::Device> devices_;                   // of this session
    std::vector<std::unique_ptr<nvml::DeviceTag>> made_;  // of all sessions
    std::optional<LoadReader> reader_;
};

// Stores `text` with its zero; `insufficient_size` when it does not fit, `invalid_argument` for null.
nvml::Status store_text(const std::string& text, char* to, unsigned size);

}  // namespace sbraid::sim

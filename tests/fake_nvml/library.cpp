// Faults are read again at each call and happen outside the lock, so that a hanging call leaves the others
// working, as it mostly is with the real driver.
#include "library.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace sbraid::sim {

namespace {

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

__attribute__((constructor)) void on_dlopen() {
    Library::instance().loaded();
}

}  // namespace

nvml::Status Call::check(nvml::Device device) const {
    if (std::find(devices_.begin(), devices_.end(), device) == devices_.end())
        return nvml::Status::invalid_argument;
    if (has(FaultKind::lost, device)) return nvml::Status::gpu_is_lost;
    return nvml::Status::success;
}

Library& Library::instance() {
    static auto* library = new Library;  // kept: callers' threads may outlive our destructors
    return *library;
}

Library::Library() : folder_(environment("SBRAID_SIM_DIR")), node_(environment("SLURMD_NODENAME")) {}

nvml::Status Library::initialise(const char* function) noexcept {
    try {
        {
            const std::lock_guard guard(mutex_);
            if (sessions_ == 0) {
                folder_ = environment("SBRAID_SIM_DIR");
                node_ = environment("SLURMD_NODENAME");
            }
        }
        const auto faults = faults_now();
        if (!faults) return nvml::Status::unknown;
        if (const auto status = suffer_faults(*faults, function)) return *status;
        const std::lock_guard guard(mutex_);
        if (sessions_ == 0 && !find_devices()) return nvml::Status::driver_not_loaded;
        ++sessions_;
        return nvml::Status::success;
    } catch (...) {
        return nvml::Status::unknown;
    }
}

// At the start of a session: what the folder has now. Handles of earlier sessions stay what they are, and are
// unknown.
bool Library::find_devices() {
    devices_.clear();
    if (folder_.empty()) return false;
    const auto entries = read_devices(folder_, node_);
    if (!entries) {
        std::fprintf(stderr, "simulated GPU: %s\n", entries.error().c_str());
        return false;
    }
    for (const DeviceEntry& entry : *entries) {
        made_.push_back(std::make_unique<nvml::DeviceTag>(entry, static_cast<unsigned>(devices_.size())));
        devices_.push_back(made_.back().get());
    }
    reader_.emplace(folder_);
    return true;
}

nvml::Status Library::shut_down() noexcept {
    return run("nvmlShutdown", [this](Call&) {
        --sessions_;
        return nvml::Status::success;
    });
}

void Library::loaded() noexcept {
    try {
        if (const auto faults = faults_now()) suffer(*faults, "dlopen");
    } catch (...) {
        return;  // out of memory: then no fault happens
    }
}

// A faults file that is not understood breaks every call, loudly: a test with a typo in it must not pass.
Result<std::vector<Fault>> Library::faults_now() {
    std::string folder;
    std::string node;
    {
        const std::lock_guard guard(mutex_);
        folder = folder_;
        node = node_;
    }
    if (folder.empty()) return std::vector<Fault>{};
    auto faults = read_faults(folder, node);
    if (!faults) std::fprintf(stderr, "simulated GPU: %s/%s\n", folder.c_str(), faults.error().c_str());
    return faults;
}

std::optional<nvml::Status> Library::suffer_faults(const std::vector<Fault>& faults, const char* function) {
    suffer(faults, function);
    for (const Fault& fault : faults) {
        if (fault.kind == FaultKind::error && is_for_function(fault, function)) {
            return static_cast<nvml::Status>(fault.number);
        }
    }
    return std::nullopt;
}

bool Library::wants_garbage(const std::vector<Fault>& faults, const char* function) {
    return std::any_of(faults.begin(), faults.end(), [&](const Fault& fault) {
        return fault.kind == FaultKind::garbage && is_for_function(fault, function);
    });
}

nvml::Status store_text(const std::string& text, char* to, unsigned size) {
    if (to == nullptr) return nvml::Status::invalid_argument;
    if (text.size() >= size) return nvml::Status::insufficient_size;
    std::memcpy(to, text.c_str(), text.size() + 1);
    return nvml::Status::success;
}

}  // namespace sbraid::sim

#pragma once

#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "../../plugin/collect/nvml_abi.hpp"
#include "text.hpp"

// The built library, loaded as the collector loads it, with a folder of its own; and the tool that gives its
// GPUs something to do.

namespace sbraid::fake_nvml {

using nvml::Device;
using nvml::Status;
namespace fs = std::filesystem;

// Waits for a condition, not for a time: the limit is only for a broken build.
inline bool eventually(const std::function<bool()>& condition) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::chrono::steady_clock::now() < limit) {
        if (condition()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
}

class SharedObject {
  public:
    explicit SharedObject(const std::string& path) : handle_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
        if (handle_ == nullptr) throw std::runtime_error(dlerror());
    }
    SharedObject(const SharedObject&) = delete;
    SharedObject& operator=(const SharedObject&) = delete;
    ~SharedObject() = default;  // stays loaded, as a driver's library does

    template <typename Function>
    Function find(const char* name) const {
        return reinterpret_cast<Function>(dlsym(handle_, name));
    }

  private:
    void* handle_;
};

inline const SharedObject& library() {
    static const SharedObject object(SBRAID_FAKE_NVML);
    return object;
}

// Calls by name through the type in the header.
template <typename Function, typename... Arguments>
Status call(const char* name, Arguments... arguments) {
    const auto function = library().find<Function>(name);
    if (function == nullptr) throw std::runtime_error(std::string(name) + " is not exported");
    return function(arguments...);
}

inline Status init() {
    return call<nvml::Init>("nvmlInit_v2");
}
inline Status shutdown() {
    return call<nvml::Shutdown>("nvmlShutdown");
}

class FakeNvml : public testing::Test {
  protected:
    FakeNvml() {
        std::string name = (fs::temp_directory_path() / "sbraid-sim-XXXXXX").string();
        folder_ = mkdtemp(name.data());
        fs::create_directory(folder_ / "loads");
        put("devices",
            "n1 0 GPU-one-0 1024 Simulated H100\n# a comment\nn2 1 GPU-two-1 2048\nn2 0 GPU-two-0 81559 "
            "Simulated H200\n");
        setenv("SBRAID_SIM_DIR", folder_.c_str(), 1);
        setenv("SLURMD_NODENAME", "n2", 1);
        for (const char* name_of :
             {"CUDA_VISIBLE_DEVICES", "SLURM_STEP_GPUS", "SLURM_JOB_GPUS", "SBRAID_SIM_NUMBERS"}) {
            unsetenv(name_of);
        }
    }
    FakeNvml(const FakeNvml&) = delete;
    FakeNvml& operator=(const FakeNvml&) = delete;
    ~FakeNvml() override {
        put("faults", "");
        while (shutdown() == Status::success) continue;
        for (const pid_t child : children_) {
            kill(child, SIGKILL);
            waitpid(child, nullptr, 0);
        }
        fs::remove_all(folder_);
    }

    void put(const std::string& name, const std::string& text) {
        std::ofstream(folder_ / (name + ".new")) << text;
        fs::rename(folder_ / (name + ".new"), folder_ / name);
    }

    // Starts the tool; its load exists when this returns.
    pid_t start_load(std::vector<std::string> arguments) {
        const pid_t child = start(std::move(arguments));
        EXPECT_TRUE(eventually([&] { return has_load(child); }));
        return child;
    }

    pid_t start(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), SBRAID_SIM_GPU);
        std::vector<char*> argv;
        argv.reserve(arguments.size() + 1);
        for (std::string& argument : arguments) argv.push_back(argument.data());
        argv.push_back(nullptr);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, (folder_ / "stderr").c_str(),
                                         O_WRONLY | O_CREAT | O_TRUNC, 0600);
        pid_t child = 0;
        EXPECT_EQ(posix_spawn(&child, SBRAID_SIM_GPU, &actions, nullptr, argv.data(), environ), 0);
        posix_spawn_file_actions_destroy(&actions);
        children_.push_back(child);
        return child;
    }

    // Ends the child with `signal_number` (0: waits for its own end) and gives its wait status.
    int end(pid_t child, int signal_number) {
        if (signal_number != 0) kill(child, signal_number);
        int status = 0;
        waitpid(child, &status, 0);
        std::erase(children_, child);
        return status;
    }

    int run(std::vector<std::string> arguments) { return end(start(std::move(arguments)), 0); }

    std::string stderr_text() { return sim::read_file(folder_ / "stderr").value_or("nothing"); }

    bool has_load(pid_t child) {
        const std::string prefix = std::to_string(child) + "-";
        for (const auto& item : fs::directory_iterator(folder_ / "loads")) {
            if (item.path().filename().string().starts_with(prefix)) return true;
        }
        return false;
    }

    Device device(unsigned index) {
        Device found = nullptr;
        EXPECT_EQ(call<nvml::DeviceGetHandleByIndex>("nvmlDeviceGetHandleByIndex_v2", index, &found),
                  Status::success);
        return found;
    }

    unsigned long long energy(Device of) {
        unsigned long long value = 0;
        EXPECT_EQ(
            call<nvml::DeviceGetTotalEnergyConsumption>("nvmlDeviceGetTotalEnergyConsumption", of, &value),
            Status::success);
        return value;
    }

    unsigned utilization(Device of) {
        nvml::Utilization rates{};
        EXPECT_EQ(call<nvml::DeviceGetUtilizationRates>("nvmlDeviceGetUtilizationRates", of, &rates),
                  Status::success);
        return rates.gpu;
    }

    std::uint64_t used(Device of) {
        nvml::Memory memory{};
        EXPECT_EQ(call<nvml::DeviceGetMemoryInfo>("nvmlDeviceGetMemoryInfo", of, &memory), Status::success);
        EXPECT_EQ(memory.total, memory.used + memory.free);
        return memory.used;
    }

    unsigned power(Device of) {
        unsigned milliwatts = 0;
        EXPECT_EQ(call<nvml::DeviceGetUnsigned>("nvmlDeviceGetPowerUsage", of, &milliwatts), Status::success);
        return milliwatts;
    }

    std::vector<nvml::ProcessInfo> processes(Device of) {
        unsigned count = 0;
        auto list = "nvmlDeviceGetComputeRunningProcesses_v3";
        if (call<nvml::DeviceGetRunningProcesses>(
                list, of, &count, static_cast<nvml::ProcessInfo*>(nullptr)) == Status::success) {
            EXPECT_EQ(count, 0U);
            return {};
        }
        std::vector<nvml::ProcessInfo> infos(count);
        EXPECT_EQ(call<nvml::DeviceGetRunningProcesses>(list, of, &count, infos.data()), Status::success);
        infos.resize(count);
        return infos;
    }

    // Empty when there is none.
    std::vector<nvml::ProcessUtilizationSample> samples(Device of, unsigned long long since) {
        std::vector<nvml::ProcessUtilizationSample> found(1000);
        auto count = static_cast<unsigned>(found.size());
        const Status status = call<nvml::DeviceGetProcessUtilization>("nvmlDeviceGetProcessUtilization", of,
                                                                      found.data(), &count, since);
        if (status == Status::not_found) return {};
        EXPECT_EQ(status, Status::success);
        found.resize(count);
        return found;
    }

    fs::path folder_;
    std::vector<pid_t> children_;
};

inline std::string text_of(const char* function, Device of) {
    char text[nvml::k_uuid_size];
    EXPECT_EQ(call<nvml::DeviceGetText>(function, of, text, static_cast<unsigned>(sizeof text)),
              Status::success);
    return text;
}

}  // namespace sbraid::fake_nvml

// The built library, loaded as the collector loads it, beside processes that really run.
#include <dlfcn.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "../../plugin/collect/nvml_abi.hpp"
#include "text.hpp"

namespace sbraid {
namespace {

using nvml::Device;
using nvml::Status;
namespace fs = std::filesystem;

// Waits for a condition, not for a time: the limit is only for a broken build.
bool eventually(const std::function<bool()>& condition) {
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

const SharedObject& library() {
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

Status init() {
    return call<nvml::Init>("nvmlInit_v2");
}
Status shutdown() {
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

std::string text_of(const char* function, Device of) {
    char text[nvml::k_uuid_size];
    EXPECT_EQ(call<nvml::DeviceGetText>(function, of, text, static_cast<unsigned>(sizeof text)),
              Status::success);
    return text;
}

TEST_F(FakeNvml, SaysThatItIsSimulated) {
    ASSERT_EQ(init(), Status::success);
    char text[nvml::k_version_size];
    ASSERT_EQ(
        call<nvml::SystemGetText>("nvmlSystemGetDriverVersion", text, static_cast<unsigned>(sizeof text)),
        Status::success);
    EXPECT_STREQ(text, "simulated 1.0");
    EXPECT_EQ(call<nvml::SystemGetText>("nvmlSystemGetDriverVersion", text, 13U), Status::insufficient_size);
}

TEST_F(FakeNvml, ShowsTheDevicesOfItsNodeByIndex) {
    ASSERT_EQ(init(), Status::success);
    unsigned count = 0;
    ASSERT_EQ(call<nvml::DeviceGetCount>("nvmlDeviceGetCount_v2", &count), Status::success);
    EXPECT_EQ(count, 2U);
    EXPECT_EQ(text_of("nvmlDeviceGetUUID", device(0)), "GPU-two-0");
    EXPECT_EQ(text_of("nvmlDeviceGetName", device(0)), "Simulated H200");
    EXPECT_EQ(text_of("nvmlDeviceGetUUID", device(1)), "GPU-two-1");
    EXPECT_EQ(text_of("nvmlDeviceGetName", device(1)), "Simulated H100");
    nvml::Memory memory{};
    ASSERT_EQ(call<nvml::DeviceGetMemoryInfo>("nvmlDeviceGetMemoryInfo", device(1), &memory),
              Status::success);
    EXPECT_EQ(memory.total, std::uint64_t{2048} << 20U);
}

TEST_F(FakeNvml, FindsADeviceByEachOfItsNames) {
    ASSERT_EQ(init(), Status::success);
    nvml::PciInfo pci{};
    ASSERT_EQ(call<nvml::DeviceGetPciInfo>("nvmlDeviceGetPciInfo_v3", device(1), &pci), Status::success);
    EXPECT_STREQ(pci.bus_id, "00000001:01:00.0");
    EXPECT_STREQ(pci.bus_id_legacy, "0001:01:00.0");
    Device found = nullptr;
    for (const char* name : {pci.bus_id, pci.bus_id_legacy}) {
        ASSERT_EQ(call<nvml::DeviceGetHandleByText>("nvmlDeviceGetHandleByPciBusId_v2", name, &found),
                  Status::success);
        EXPECT_EQ(found, device(1));
    }
    ASSERT_EQ(call<nvml::DeviceGetHandleByText>("nvmlDeviceGetHandleByUUID", "GPU-two-1", &found),
              Status::success);
    EXPECT_EQ(found, device(1));
    EXPECT_EQ(call<nvml::DeviceGetHandleByText>("nvmlDeviceGetHandleByUUID", "GPU-one-0", &found),
              Status::not_found);
    EXPECT_EQ(call<nvml::DeviceGetHandleByIndex>("nvmlDeviceGetHandleByIndex_v2", 2U, &found),
              Status::invalid_argument);
}

TEST_F(FakeNvml, ShowsAllDevicesWithoutANode) {
    unsetenv("SLURMD_NODENAME");
    ASSERT_EQ(init(), Status::success);
    EXPECT_EQ(text_of("nvmlDeviceGetUUID", device(2)), "GPU-two-0");
}

TEST_F(FakeNvml, KnowsNothingOutsideASession) {
    unsigned count = 0;
    const auto get_count = [&] { return call<nvml::DeviceGetCount>("nvmlDeviceGetCount_v2", &count); };
    EXPECT_EQ(get_count(), Status::uninitialized);
    ASSERT_EQ(init(), Status::success);
    ASSERT_EQ(init(), Status::success);
    const Device stale = device(0);
    ASSERT_EQ(shutdown(), Status::success);
    EXPECT_EQ(get_count(), Status::success);
    ASSERT_EQ(shutdown(), Status::success);
    EXPECT_EQ(get_count(), Status::uninitialized);
    EXPECT_EQ(shutdown(), Status::uninitialized);
    ASSERT_EQ(init(), Status::success);
    unsigned milliwatts = 0;
    EXPECT_EQ(call<nvml::DeviceGetUnsigned>("nvmlDeviceGetPowerUsage", stale, &milliwatts),
              Status::invalid_argument);
}

TEST_F(FakeNvml, HasNoDriverWithoutASimulation) {
    unsetenv("SBRAID_SIM_DIR");
    EXPECT_EQ(init(), Status::driver_not_loaded);
    setenv("SBRAID_SIM_DIR", "/nonexistent", 1);
    EXPECT_EQ(init(), Status::driver_not_loaded);
}

TEST_F(FakeNvml, ShowsTheLoadOfALivingProcess) {
    ASSERT_EQ(init(), Status::success);
    EXPECT_EQ(processes(device(1)).size(), 0U);
    EXPECT_EQ(samples(device(1), 0).size(), 0U);
    const pid_t child = start_load({"--gpu", "1", "--util", "87", "--mem", "1G", "--power", "400"});
    ASSERT_TRUE(eventually([&] { return utilization(device(1)) == 87; }));
    EXPECT_EQ(used(device(1)), std::uint64_t{1} << 30U);
    EXPECT_EQ(power(device(1)), 470'000U);
    const auto listed = processes(device(1));
    ASSERT_EQ(listed.size(), 1U);
    EXPECT_EQ(listed[0].pid, static_cast<unsigned>(child));
    EXPECT_EQ(listed[0].used_gpu_memory, std::uint64_t{1} << 30U);
    EXPECT_EQ(listed[0].gpu_instance_id, nvml::k_not_available_u32);
    EXPECT_EQ(utilization(device(0)), 0U);
    EXPECT_EQ(used(device(0)), 0U);
    EXPECT_EQ(processes(device(0)).size(), 0U);
}

TEST_F(FakeNvml, GivesEachSampleOnce) {
    ASSERT_EQ(init(), Status::success);
    const pid_t child = start_load({"--util", "87"});
    ASSERT_TRUE(eventually([&] { return samples(device(0), 0).size() >= 3; }));
    unsigned needed = 0;
    EXPECT_EQ(call<nvml::DeviceGetProcessUtilization>("nvmlDeviceGetProcessUtilization", device(0),
                                                      static_cast<nvml::ProcessUtilizationSample*>(nullptr),
                                                      &needed, 0ULL),
              Status::insufficient_size);
    EXPECT_GE(needed, 3U);
    std::vector<nvml::ProcessUtilizationSample> all = samples(device(0), 0);
    ASSERT_TRUE(eventually([&] {
        for (const auto& next : samples(device(0), all.back().time_stamp)) all.push_back(next);
        return all.size() >= 6;
    }));
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(all[i].pid, static_cast<unsigned>(child));
        if (i > 0) {
            EXPECT_EQ(all[i].sm_util, 87U);  // the first period may be partly idle
            EXPECT_EQ(all[i].time_stamp, all[i - 1].time_stamp + 166'667);
        }
    }
    nvml::ProcessesUtilizationInfo info{};
    std::vector<nvml::ProcessUtilizationInfo> infos(200);
    info.version = nvml::k_processes_utilization_info_v1;
    info.process_samples_count = static_cast<unsigned>(infos.size());
    info.last_seen_time_stamp = all[1].time_stamp - 1;
    info.process_utilization = infos.data();
    const auto with_struct = "nvmlDeviceGetProcessesUtilizationInfo";
    ASSERT_EQ(call<nvml::DeviceGetProcessesUtilizationInfo>(with_struct, device(0), &info), Status::success);
    EXPECT_EQ(infos[0].pid, static_cast<unsigned>(child));
    EXPECT_EQ(infos[0].time_stamp, all[1].time_stamp);
    EXPECT_EQ(infos[0].sm_util, 87U);
    info.version = 0;
    EXPECT_EQ(call<nvml::DeviceGetProcessesUtilizationInfo>(with_struct, device(0), &info),
              Status::argument_version_mismatch);
}

TEST_F(FakeNvml, EnergyOfALoadIsExactOnceItIsOver) {
    ASSERT_EQ(init(), Status::success);
    EXPECT_EQ(run({"--util", "50", "--power", "40000", "--for", "250ms"}), 0);
    // The other device has only idled: its readings before and after bound the idle part of this one's.
    const auto idle_before = energy(device(1));
    const auto loaded = energy(device(0));
    const auto idle_after = energy(device(1));
    EXPECT_LE(loaded - idle_after, 10'000'000U);
    EXPECT_GE(loaded - idle_before, 10'000'000U);
}

TEST_F(FakeNvml, AKilledProcessLeavesNothingButItsEnergyAndItsSamples) {
    ASSERT_EQ(init(), Status::success);
    const pid_t child = start_load({"--util", "60", "--mem", "512"});
    ASSERT_TRUE(eventually([&] { return !samples(device(0), 0).empty(); }));
    ASSERT_EQ(used(device(0)), std::uint64_t{512} << 20U);
    const int status = end(child, SIGKILL);
    EXPECT_TRUE(WIFSIGNALED(status));
    auto last = energy(device(0));
    EXPECT_EQ(used(device(0)), 0U);
    EXPECT_EQ(processes(device(0)).size(), 0U);
    EXPECT_EQ(power(device(0)), 70'000U);
    EXPECT_FALSE(samples(device(0), 0).empty());
    nvml::AccountingStats stats{};
    ASSERT_EQ(call<nvml::DeviceGetAccountingStats>("nvmlDeviceGetAccountingStats", device(0),
                                                   static_cast<unsigned>(child), &stats),
              Status::success);
    EXPECT_EQ(stats.is_running, 0U);
    EXPECT_EQ(stats.gpu_utilization, 60U);
    EXPECT_EQ(stats.max_memory_usage, std::uint64_t{512} << 20U);
    EXPECT_GT(stats.time, 0U);
    // A new session reads everything anew and must agree.
    ASSERT_EQ(shutdown(), Status::success);
    ASSERT_EQ(init(), Status::success);
    EXPECT_GE(energy(device(0)), last);
    EXPECT_EQ(used(device(0)), 0U);
}

TEST_F(FakeNvml, EnergyNeverRunsBackwardsWhileProcessesComeAndGo) {
    ASSERT_EQ(init(), Status::success);
    auto last = energy(device(0));
    for (int round = 0; round < 10; ++round) {
        const pid_t child = start_load({"--power", "700"});
        for (int i = 0; i < 20; ++i) {
            const auto now = energy(device(0));
            ASSERT_GE(now, last);
            last = now;
        }
        end(child, round % 2 == 0 ? SIGKILL : SIGTERM);
        const auto now = energy(device(0));
        ASSERT_GE(now, last);
        last = now;
    }
}

TEST_F(FakeNvml, TheToolBecomesItsCommand) {
    ASSERT_EQ(init(), Status::success);
    const int status = run({"--gpu", "visible", "--", "/bin/sh", "-c", "exit 7"});
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 7);
    const int killed = run({"--", "/bin/sh", "-c", "kill -9 $$"});
    ASSERT_TRUE(WIFSIGNALED(killed));
    EXPECT_EQ(WTERMSIG(killed), SIGKILL);
    unsigned count = 10;
    unsigned pids[10];
    ASSERT_EQ(call<nvml::DeviceGetAccountingPids>("nvmlDeviceGetAccountingPids", device(0), &count, pids),
              Status::success);
    EXPECT_EQ(count, 2U);
    EXPECT_EQ(WEXITSTATUS(run({"--", "/nonexistent/command"})), 127);
}

TEST_F(FakeNvml, TheToolDiesByTheSignalThatItGets) {
    const int status = end(start_load({}), SIGTERM);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGTERM);
    std::vector<std::string> ends;
    for (const auto& item : fs::directory_iterator(folder_ / "loads")) {
        if (item.path().extension() == ".end") ends.push_back(item.path().filename());
    }
    EXPECT_EQ(ends.size(), 1U);
}

TEST_F(FakeNvml, TheToolUsesTheGpuThatSlurmGave) {
    ASSERT_EQ(init(), Status::success);
    setenv("SLURM_STEP_GPUS", "1", 1);
    setenv("CUDA_VISIBLE_DEVICES", "0", 1);
    setenv("SBRAID_SIM_NUMBERS", "job", 1);
    start_load({});
    EXPECT_EQ(processes(device(0)).size(), 0U);
    EXPECT_EQ(processes(device(1)).size(), 1U);
}

TEST_F(FakeNvml, TheToolSaysWhatIsWrong) {
    const auto error = [&](std::vector<std::string> arguments) {
        const int status = run(std::move(arguments));
        EXPECT_EQ(WEXITSTATUS(status), 2);
        return stderr_text();
    };
    EXPECT_EQ(error({"--gpu", "5"}),
              "sbraid-sim-gpu: error: this process can see 2 GPUs, there is no number 5\n");
    EXPECT_EQ(error({"--gpu", "GPU-one-0"}),
              "sbraid-sim-gpu: error: no such GPU on this node: 'GPU-one-0'\n");
    EXPECT_EQ(error({"--colour=red"}),
              "sbraid-sim-gpu: error: '--colour=red' is no option; see sbraid-sim-gpu --help\n");
    unsetenv("SBRAID_SIM_DIR");
    EXPECT_EQ(error({}),
              "sbraid-sim-gpu: error: SBRAID_SIM_DIR is not set: there is no simulated GPU here (slurm-box "
              "sets it in "
              "its cluster)\n");
}

TEST_F(FakeNvml, FailsOnDemandAndRecovers) {
    put("faults", "error DeviceGetTotalEnergyConsumption 999\n@n1 error * 3\nlost GPU-two-1\n");
    ASSERT_EQ(init(), Status::success);
    unsigned long long value = 0;
    const auto get_energy = "nvmlDeviceGetTotalEnergyConsumption";
    EXPECT_EQ(call<nvml::DeviceGetTotalEnergyConsumption>(get_energy, device(0), &value), Status::unknown);
    EXPECT_EQ(power(device(0)), 70'000U);
    Device lost = nullptr;
    EXPECT_EQ(call<nvml::DeviceGetHandleByIndex>("nvmlDeviceGetHandleByIndex_v2", 1U, &lost),
              Status::gpu_is_lost);
    put("faults", "");
    EXPECT_EQ(call<nvml::DeviceGetTotalEnergyConsumption>(get_energy, device(0), &value), Status::success);
    EXPECT_EQ(power(device(1)), 70'000U);
    put("faults", "eror init 1\n");
    unsigned count = 0;
    EXPECT_EQ(call<nvml::DeviceGetCount>("nvmlDeviceGetCount_v2", &count), Status::unknown);
}

TEST_F(FakeNvml, LiesOnDemand) {
    put("faults", "garbage DeviceGetProcessUtilization\ngarbage DeviceGetComputeRunningProcesses\n");
    ASSERT_EQ(init(), Status::success);
    const auto lies = samples(device(0), 0);
    ASSERT_EQ(lies.size(), 1U);
    EXPECT_EQ(lies[0].pid, 0U);
    EXPECT_EQ(lies[0].sm_util, 2147483632U);
    ASSERT_EQ(processes(device(0)).size(), 1U);
    EXPECT_EQ(processes(device(0))[0].pid, 0U);
}

TEST_F(FakeNvml, KnowsNoUtilisationUnderMig) {
    put("faults", "mig GPU-two-0 on\n");
    ASSERT_EQ(init(), Status::success);
    unsigned current = 0;
    unsigned pending = 0;
    ASSERT_EQ(call<nvml::DeviceGetMigMode>("nvmlDeviceGetMigMode", device(0), &current, &pending),
              Status::success);
    EXPECT_EQ(current, nvml::k_mig_enabled);
    nvml::Utilization rates{};
    EXPECT_EQ(call<nvml::DeviceGetUtilizationRates>("nvmlDeviceGetUtilizationRates", device(0), &rates),
              Status::not_supported);
    unsigned count = 0;
    EXPECT_EQ(call<nvml::DeviceGetProcessUtilization>("nvmlDeviceGetProcessUtilization", device(0),
                                                      static_cast<nvml::ProcessUtilizationSample*>(nullptr),
                                                      &count, 0ULL),
              Status::not_supported);
    nvml::Feature mode = nvml::Feature::enabled;
    ASSERT_EQ(call<nvml::DeviceGetAccountingMode>("nvmlDeviceGetAccountingMode", device(0), &mode),
              Status::success);
    EXPECT_EQ(mode, nvml::Feature::disabled);
    ASSERT_EQ(call<nvml::DeviceGetAccountingMode>("nvmlDeviceGetAccountingMode", device(1), &mode),
              Status::success);
    EXPECT_EQ(mode, nvml::Feature::enabled);
}

// Runs `body` in a child of ours; its pid.
pid_t in_child(const std::function<void()>& body) {
    const pid_t child = fork();
    if (child == 0) {
        body();
        _exit(0);
    }
    return child;
}

int wait_for(pid_t child) {
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}

TEST_F(FakeNvml, CrashesOnDemand) {
    put("faults", "crash init\n");
    const int status = wait_for(in_child([] { init(); }));
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGSEGV);
}

TEST_F(FakeNvml, HangsOnDemandUntilKilled) {
    put("faults", "hang init\n");
    const pid_t child = in_child([] { init(); });
    // It hangs when it has blocked every signal that can be blocked: the mask is in /proc.
    ASSERT_TRUE(eventually([&] {
        const auto text = sim::read_file("/proc/" + std::to_string(child) + "/status").value_or("");
        return text.find("SigBlk:\tfffffffe7ffb") != std::string::npos &&
               text.find("State:\tS") != std::string::npos;
    }));
    kill(child, SIGTERM);
    EXPECT_EQ(waitpid(child, nullptr, WNOHANG), 0);
    kill(child, SIGKILL);
    const int status = wait_for(child);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGKILL);
}

TEST_F(FakeNvml, CanCrashWhileItIsLoaded) {
    put("faults", "@n2 crash dlopen\n");
    const int status = wait_for(in_child([] { dlopen(SBRAID_FAKE_NVML_V1, RTLD_NOW | RTLD_LOCAL); }));
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGSEGV);
}

TEST_F(FakeNvml, TheOldGenerationHasOnlyTheOldFunctions) {
    const SharedObject old(SBRAID_FAKE_NVML_V1);
    for (const char* missing :
         {"nvmlDeviceGetComputeRunningProcesses_v2", "nvmlDeviceGetComputeRunningProcesses_v3",
          "nvmlDeviceGetGraphicsRunningProcesses_v3", "nvmlDeviceGetMPSComputeRunningProcesses_v3",
          "nvmlDeviceGetMemoryInfo_v2", "nvmlDeviceGetProcessesUtilizationInfo"}) {
        EXPECT_EQ(old.find<void*>(missing), nullptr) << missing;
        EXPECT_NE(library().find<void*>(missing), nullptr) << missing;
    }
    const pid_t one = start_load({"--mem", "1"});
    const pid_t other = start_load({"--mem", "2"});
    ASSERT_EQ(old.find<nvml::Init>("nvmlInit_v2")(), Status::success);
    Device first = nullptr;
    ASSERT_EQ(old.find<nvml::DeviceGetHandleByIndex>("nvmlDeviceGetHandleByIndex_v2")(0, &first),
              Status::success);
    nvml::ProcessInfoV1 infos[4] = {};
    unsigned count = 4;
    ASSERT_EQ(old.find<nvml::DeviceGetRunningProcessesV1>("nvmlDeviceGetComputeRunningProcesses")(
                  first, &count, infos),
              Status::success);
    ASSERT_EQ(count, 2U);
    EXPECT_THAT((std::vector<unsigned>{infos[0].pid, infos[1].pid}),
                testing::UnorderedElementsAre(static_cast<unsigned>(one), static_cast<unsigned>(other)));
    EXPECT_EQ(infos[0].used_gpu_memory + infos[1].used_gpu_memory, std::uint64_t{3} << 20U);
    EXPECT_EQ(old.find<nvml::Shutdown>("nvmlShutdown")(), Status::success);
}

}  // namespace
}  // namespace sbraid

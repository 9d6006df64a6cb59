// The NVML source against the simulated library: each test in a child, because the library reads its faults
// and its folder once and stays loaded.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "collect/assigned_gpus.hpp"
#include "collect/gpu_source.hpp"
#include "folder.hpp"
#include "process.hpp"

namespace sbraid::collect {
namespace {

class NvmlSource : public testing::Test {
  protected:
    NvmlSource() {
        char name[] = "/tmp/sbraid-nvml.XXXXXX";
        folder = mkdtemp(name);
        std::filesystem::create_directory(folder / "loads");
        std::ofstream(folder / "devices") << "n1 0 GPU-a 80000 Simulated A\nn1 1 GPU-b 80000 Simulated B\n"
                                             "n2 0 GPU-c 80000 Simulated C\n";
        setenv("SBRAID_SIM_DIR", folder.c_str(), 1);
        setenv("SLURMD_NODENAME", "n1", 1);
    }
    ~NvmlSource() override { std::filesystem::remove_all(folder); }

    void fault(const std::string& text) const { std::ofstream(folder / "faults") << text << '\n'; }

    // The process holds 1 GiB of each GPU and has kept it half busy for three seconds.
    void work_on(const std::vector<std::string>& uuids,
                 unsigned pid = static_cast<unsigned>(getpid())) const {
        sim::Load load;
        load.pid = pid;
        load.start_ticks = sim::living_start_ticks(pid).value();
        const sim::Clock now = sim::clock_now();
        load.start_ns = now.monotonic_ns - 3'000'000'000;
        load.start_us = now.wall_us - 3'000'000;
        for (const std::string& uuid : uuids)
            load.gpus.push_back({uuid, {{0, {.util = 50, .memory_bytes = std::uint64_t{1} << 30}}}});
        std::ofstream(folder / "loads" / sim::file_name(load)) << sim::encode(load);
    }
    static bool has_half_busy(const GpuReading& reading, pid_t pid = getpid()) {
        const auto holds = [pid](const GpuProcess& process) {
            return process.pid == pid && process.mem_bytes == std::int64_t{1} << 30;
        };
        const auto is_busy = [pid](const BusySample& sample) {
            return sample.pid == pid && sample.percent == 50;
        };
        return reading.processes &&
               std::count_if(reading.processes->begin(), reading.processes->end(), holds) == 1 &&
               reading.busy && std::count_if(reading.busy->begin(), reading.busy->end(), is_busy) > 10;
    }

    static bool in_child(const std::function<bool()>& check) {
        const pid_t pid = fork();
        if (pid == 0) _exit(check() ? 0 : 1);
        int status = 0;
        return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }

    std::filesystem::path folder;
};

TEST_F(NvmlSource, IsAbsentWithoutALibrary) {
    EXPECT_TRUE(in_child([] {
        const auto opened = open_nvml("/nowhere/libnvidia-ml.so.1", 0);
        return !opened.source && opened.unknown_because == "no-library";
    }));
    EXPECT_TRUE(in_child([] {
        const auto opened = open_nvml("/bin/true", 0);
        return !opened.source && opened.unknown_because == "no-library";
    }));
}

TEST_F(NvmlSource, SaysWhenTheDriverIsNotThere) {
    fault("error init 9");
    EXPECT_TRUE(in_child([] {
        const auto opened = open_nvml(SBRAID_FAKE_NVML, 0);
        return !opened.source && opened.unknown_because == "no-driver";
    }));
}

TEST_F(NvmlSource, ListsTheNodesGpusByUuidAndSaysThatTheyAreSimulated) {
    EXPECT_TRUE(in_child([] {
        const auto opened = open_nvml(SBRAID_FAKE_NVML, 0);
        return opened.source && opened.source->is_simulated() && opened.source->gpus().size() == 2 &&
               opened.source->gpus()[1].uuid == "GPU-b" && opened.source->gpus()[1].index == 1U;
    }));
}

TEST_F(NvmlSource, SlurmsNumbersAreIndexesAndNotDeviceFiles) {
    EXPECT_TRUE(in_child([] {
        const auto opened = open_nvml(SBRAID_FAKE_NVML, 0);
        return find_assigned("1", opened.source->gpus()).positions == std::vector<std::size_t>{1};
    }));
    fault("mig GPU-b on");
    EXPECT_TRUE(in_child([] {
        const auto opened = open_nvml(SBRAID_FAKE_NVML, 0);
        return find_assigned("1", opened.source->gpus()).unknown_because == "mig";
    }));
}

TEST_F(NvmlSource, FindsProcessesWhicheverStructTheDriverFills) {
    for (const char* const what : {"", "long * on"}) {
        fault(what);
        for (const char* library : {SBRAID_FAKE_NVML, SBRAID_FAKE_NVML_V1})
            EXPECT_TRUE(in_child([&] {
                const auto opened = open_nvml(library, 0);
                work_on({"GPU-a", "GPU-b"});
                work_on({"GPU-a"}, static_cast<unsigned>(getppid()));
                const auto two = opened.source->read(0);
                const auto one = opened.source->read(1);
                return has_half_busy(two) && has_half_busy(two, getppid()) && two.processes->size() == 2 &&
                       has_half_busy(one) && one.processes->size() == 1;
            })) << library
                << what;
    }
}

TEST_F(NvmlSource, AnIdleGpuIsKnownToBeIdle) {
    for (const char* library : {SBRAID_FAKE_NVML, SBRAID_FAKE_NVML_V1})
        EXPECT_TRUE(in_child([library] {
            const auto opened = open_nvml(library, 0);
            const auto reading = opened.source->read(0);
            return reading.percent == 0.0 && reading.busy && reading.busy->empty() && reading.processes &&
                   reading.processes->empty() && reading.energy_j && reading.mem_used == 0 &&
                   reading.mem_total == std::int64_t{80000} << 20 && reading.unknown_because.empty();
        })) << library;
}

TEST_F(NvmlSource, AListOfProcessesThatCannotBeReadIsNoEmptyOne) {
    std::ofstream(folder / "faults") << "error DeviceGetComputeRunningProcesses 3\n"
                                        "error DeviceGetGraphicsRunningProcesses 3\n"
                                        "error DeviceGetMPSComputeRunningProcesses 3\n";
    for (const char* library : {SBRAID_FAKE_NVML, SBRAID_FAKE_NVML_V1})
        EXPECT_TRUE(in_child([library] {
            const auto reading = open_nvml(library, 0).source->read(0);
            return !reading.processes && reading.percent == 0.0 && reading.mem_used == 0;
        })) << library;
}

TEST_F(NvmlSource, AClockThatWasSetBackSilencesTheDriverForAMoment) {
    EXPECT_TRUE(in_child([this] {
        work_on({"GPU-a"});
        constexpr std::int64_t k_hour_us = 3'600'000'000;
        const auto opened =
            open_nvml(SBRAID_FAKE_NVML, static_cast<std::int64_t>(sim::clock_now().wall_us) + k_hour_us);
        const auto limit = sim::clock_now().monotonic_ns + 30'000'000'000;
        while (sim::clock_now().monotonic_ns < limit) {
            const auto reading = opened.source->read(0);
            if (reading.busy && !reading.busy->empty()) return true;
        }
        return false;
    }));
}

TEST_F(NvmlSource, UnderMigNothingIsSaidOfUtilisation) {
    fault("mig GPU-a on");
    EXPECT_TRUE(in_child([] {
        const auto opened = open_nvml(SBRAID_FAKE_NVML, 0);
        const auto mig = opened.source->read(0);
        const auto other = opened.source->read(1);
        return !mig.percent && !mig.busy && mig.unknown_because == "mig" && mig.mem_used &&
               other.percent == 0.0;
    }));
}

TEST_F(NvmlSource, ALostGpuKnowsNothingAndSaysWhy) {
    EXPECT_TRUE(in_child([this] {
        const auto opened = open_nvml(SBRAID_FAKE_NVML, 0);
        work_on({"GPU-b"});
        fault("lost GPU-a");
        const auto lost = opened.source->read(0);
        return !lost.percent && !lost.busy && !lost.mem_used && !lost.processes &&
               lost.unknown_because == "lost" && has_half_busy(opened.source->read(1));
    }));
    EXPECT_TRUE(in_child([] {
        const auto opened = open_nvml(SBRAID_FAKE_NVML, 0);
        const auto found = find_assigned("0,1", opened.source->gpus());
        return opened.source->gpus().size() == 2 && found.positions == std::vector<std::size_t>{1} &&
               found.unknown_because == "lost" && opened.source->gpus()[1].uuid == "GPU-b";
    })) << "lost before we came: the others keep their numbers";
}

TEST_F(NvmlSource, GarbageIsDroppedAndWhatIsSoundStays) {
    EXPECT_TRUE(in_child([this] {
        const auto opened = open_nvml(SBRAID_FAKE_NVML, 0);
        work_on({"GPU-a"});
        fault("garbage *");
        const auto reading = opened.source->read(0);
        const bool all_sound = std::all_of(
            reading.busy->begin(), reading.busy->end(),
            [](const BusySample& sample) { return sample.pid == getpid() && sample.percent <= 50; });
        return !reading.percent && all_sound && reading.processes->size() == 1 && has_half_busy(reading);
    }));
}

}  // namespace
}  // namespace sbraid::collect

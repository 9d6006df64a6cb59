// The NVML source against the simulated library: each test in a child, because the library reads its faults
// and its folder once and stays loaded.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "collect/gpu_source.hpp"

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
               opened.source->gpus()[1].uuid == "GPU-b" && opened.source->gpus()[1].minor == 1U;
    }));
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
    fault("lost GPU-a");
    EXPECT_TRUE(in_child([] {
        const auto opened = open_nvml(SBRAID_FAKE_NVML, 0);
        // A driver may hide it or answer "lost" to everything; nothing may be claimed in either case.
        for (std::size_t i = 0; i < opened.source->gpus().size(); ++i) {
            if (opened.source->gpus()[i].uuid != "GPU-a") continue;
            const auto reading = opened.source->read(i);
            if (reading.percent || reading.busy || reading.mem_used || reading.unknown_because != "lost")
                return false;
        }
        return true;
    }));
}

TEST_F(NvmlSource, GarbageIsDropped) {
    fault("garbage *");
    EXPECT_TRUE(in_child([] {
        const auto opened = open_nvml(SBRAID_FAKE_NVML, 0);
        if (!opened.source) return false;
        for (std::size_t i = 0; i < opened.source->gpus().size(); ++i) {
            const auto reading = opened.source->read(i);
            if (reading.percent.value_or(0) > 100) return false;
            for (const auto& sample : reading.busy.value_or(std::vector<BusySample>{}))
                if (sample.pid == 0 || sample.percent > 100) return false;
            for (const auto& process : reading.processes.value_or(std::vector<GpuProcess>{}))
                if (process.pid == 0) return false;
        }
        return true;
    }));
}

}  // namespace
}  // namespace sbraid::collect

// sbraid-sim-gpu, the tool that gives a simulated GPU something to do.

#include "nvml_fixture.hpp"

namespace sbraid::fake_nvml {
namespace {

class SimGpuTool : public FakeNvml {};

TEST_F(SimGpuTool, TheToolBecomesItsCommand) {
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

TEST_F(SimGpuTool, TheToolDiesByTheSignalThatItGets) {
    const int status = end(start_load({}), SIGTERM);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGTERM);
    std::vector<std::string> ends;
    for (const auto& item : fs::directory_iterator(folder_ / "loads")) {
        if (item.path().extension() == ".end") ends.push_back(item.path().filename());
    }
    EXPECT_EQ(ends.size(), 1U);
}

TEST_F(SimGpuTool, TheToolUsesTheGpuThatSlurmGave) {
    ASSERT_EQ(init(), Status::success);
    setenv("SLURM_STEP_GPUS", "1", 1);
    setenv("CUDA_VISIBLE_DEVICES", "0", 1);
    setenv("SBRAID_SIM_NUMBERS", "job", 1);
    start_load({});
    EXPECT_EQ(processes(device(0)).size(), 0U);
    EXPECT_EQ(processes(device(1)).size(), 1U);
}

TEST_F(SimGpuTool, TheToolSaysWhatIsWrong) {
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

}  // namespace
}  // namespace sbraid::fake_nvml

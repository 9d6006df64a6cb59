// Errors, lies, hangs and crashes on demand.

#include "nvml_fixture.hpp"

namespace sbraid::fake_nvml {
namespace {

class FakeNvmlFaults : public FakeNvml {};

TEST_F(FakeNvmlFaults, FailsOnDemandAndRecovers) {
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

TEST_F(FakeNvmlFaults, LiesOnDemand) {
    put("faults", "garbage DeviceGetProcessUtilization\ngarbage DeviceGetComputeRunningProcesses\n");
    ASSERT_EQ(init(), Status::success);
    const auto lies = samples(device(0), 0);
    ASSERT_EQ(lies.size(), 1U);
    EXPECT_EQ(lies[0].pid, 0U);
    EXPECT_EQ(lies[0].sm_util, 2147483632U);
    ASSERT_EQ(processes(device(0)).size(), 1U);
    EXPECT_EQ(processes(device(0))[0].pid, 0U);
}

TEST_F(FakeNvmlFaults, KnowsNoUtilisationUnderMig) {
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

TEST_F(FakeNvmlFaults, CrashesOnDemand) {
    put("faults", "crash init\n");
    const int status = wait_for(in_child([] { init(); }));
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGSEGV);
}

TEST_F(FakeNvmlFaults, HangsOnDemandUntilKilled) {
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

TEST_F(FakeNvmlFaults, CanCrashWhileItIsLoaded) {
    put("faults", "@n2 crash dlopen\n");
    // A copy, because what another test has loaded is not loaded again.
    const fs::path copy = folder_ / "copy.so";
    fs::copy_file(SBRAID_FAKE_NVML_V1, copy);
    const int status = wait_for(in_child([&] { dlopen(copy.c_str(), RTLD_NOW | RTLD_LOCAL); }));
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGSEGV);
}

}  // namespace
}  // namespace sbraid::fake_nvml

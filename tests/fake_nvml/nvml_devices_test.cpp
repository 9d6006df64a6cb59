// Which devices the library shows, to whom, and which functions it has.

#include <gmock/gmock.h>

#include "nvml_fixture.hpp"

namespace sbraid::fake_nvml {
namespace {

class FakeNvmlDevices : public FakeNvml {};

TEST_F(FakeNvmlDevices, SaysThatItIsSimulated) {
    ASSERT_EQ(init(), Status::success);
    char text[nvml::k_version_size];
    ASSERT_EQ(
        call<nvml::SystemGetText>("nvmlSystemGetDriverVersion", text, static_cast<unsigned>(sizeof text)),
        Status::success);
    EXPECT_STREQ(text, "simulated 1.0");
    EXPECT_EQ(call<nvml::SystemGetText>("nvmlSystemGetDriverVersion", text, 13U), Status::insufficient_size);
}

TEST_F(FakeNvmlDevices, ShowsTheDevicesOfItsNodeByIndex) {
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

TEST_F(FakeNvmlDevices, FindsADeviceByEachOfItsNames) {
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

TEST_F(FakeNvmlDevices, ShowsAllDevicesWithoutANode) {
    unsetenv("SLURMD_NODENAME");
    ASSERT_EQ(init(), Status::success);
    EXPECT_EQ(text_of("nvmlDeviceGetUUID", device(2)), "GPU-two-0");
}

TEST_F(FakeNvmlDevices, KnowsNothingOutsideASession) {
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

TEST_F(FakeNvmlDevices, HasNoDriverWithoutASimulation) {
    unsetenv("SBRAID_SIM_DIR");
    EXPECT_EQ(init(), Status::driver_not_loaded);
    setenv("SBRAID_SIM_DIR", "/nonexistent", 1);
    EXPECT_EQ(init(), Status::driver_not_loaded);
}

TEST_F(FakeNvmlDevices, TheOldGenerationHasOnlyTheOldFunctions) {
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
}  // namespace sbraid::fake_nvml

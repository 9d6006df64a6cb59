#include "visible_gpus.hpp"

#include <gtest/gtest.h>

namespace sbraid::sim {
namespace {

std::vector<DeviceEntry> four_gpus() {
    std::vector<DeviceEntry> node;
    for (unsigned index = 0; index < 4; ++index) {
        node.push_back({"n1", index, "GPU-" + std::to_string(index) + "abc", 81'559, "Simulated H100", 0});
    }
    return node;
}

// The indexes that the process sees, as "0 2"; or the error.
std::string visible(const GpuEnvironment& environment) {
    const auto devices = visible_gpus(four_gpus(), environment);
    if (!devices) return devices.error();
    std::string text;
    for (const DeviceEntry& device : *devices)
        text += (text.empty() ? "" : " ") + std::to_string(device.index);
    return text;
}

TEST(VisibleGpus, WithoutSlurmAllOfTheNode) {
    EXPECT_EQ(visible({}), "0 1 2 3");
    EXPECT_EQ(visible({"2,1", {}, {}, false}), "2 1");
    EXPECT_EQ(visible({"GPU-3,0", {}, {}, false}), "3 0");
}

TEST(VisibleGpus, EndAtTheFirstThatDoesNotExist) {
    EXPECT_EQ(visible({"1,7,2", {}, {}, false}), "1");
    EXPECT_EQ(visible({"-1", {}, {}, false}), "");
    EXPECT_EQ(visible({"", {}, {}, false}), "");
    EXPECT_EQ(visible({"NoDevFiles", {}, {}, false}), "");
}

TEST(VisibleGpus, AConfinedRankCountsWithinItsStep) {
    EXPECT_EQ(visible({"0,1", "2,3", "1,2,3", true}), "2 3");
    EXPECT_EQ(visible({"1", "2,3", {}, true}), "3");
    EXPECT_EQ(visible({"0", {}, "3", true}), "3");
    EXPECT_EQ(visible({{}, "1-2", {}, true}), "1 2");
    EXPECT_EQ(visible({"GPU-2", "2,3", {}, true}), "2");
}

TEST(VisibleGpus, AnUnconfinedRankCountsOnItsNode) {
    EXPECT_EQ(visible({"1", "1,2", {}, false}), "1");
    EXPECT_EQ(visible({"2", "1,2", {}, false}), "2");
}

TEST(VisibleGpus, AConfinedJobWithoutGpusSeesNone) {
    EXPECT_EQ(visible({{}, {}, {}, true}), "");
    EXPECT_EQ(visible({"0", {}, {}, true}), "");
}

TEST(VisibleGpus, SayWhenSlurmAndTheSimulationDisagree) {
    EXPECT_EQ(visible({"0", "5", {}, true}), "no such GPU on this node: '5'");
}

TEST(VisibleGpus, ConfinementIsInTheDevicesController) {
    EXPECT_TRUE(devices_are_confined("4:devices:/slurm_n1/uid_0/job_5/step_0/task_1\n0::/\n"));
    EXPECT_FALSE(
        devices_are_confined("5:freezer:/slurm/uid_0/job_5/step_0\n4:devices:/\n0::/job_1/step_0\n"));
    EXPECT_TRUE(devices_are_confined("0::/system.slice/slurmstepd.scope/job_5/step_0/user/task_0\n"));
    EXPECT_FALSE(devices_are_confined("0::/user.slice/user-0.slice/session-1.scope\n"));
    EXPECT_FALSE(devices_are_confined(""));
}

}  // namespace
}  // namespace sbraid::sim

// What the library says of processes that really run.

#include "nvml_fixture.hpp"

namespace sbraid::fake_nvml {
namespace {

class FakeNvmlLoad : public FakeNvml {};

TEST_F(FakeNvmlLoad, ShowsTheLoadOfALivingProcess) {
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

TEST_F(FakeNvmlLoad, GivesEachSampleOnce) {
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

TEST_F(FakeNvmlLoad, EnergyOfALoadIsExactOnceItIsOver) {
    ASSERT_EQ(init(), Status::success);
    EXPECT_EQ(run({"--util", "50", "--power", "40000", "--for", "250ms"}), 0);
    // The other device has only idled: its readings before and after bound the idle part of this one's.
    const auto idle_before = energy(device(1));
    const auto loaded = energy(device(0));
    const auto idle_after = energy(device(1));
    EXPECT_LE(loaded - idle_after, 10'000'000U);
    EXPECT_GE(loaded - idle_before, 10'000'000U);
}

TEST_F(FakeNvmlLoad, AKilledProcessLeavesNothingButItsEnergyAndItsSamples) {
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

TEST_F(FakeNvmlLoad, EnergyNeverRunsBackwardsWhileProcessesComeAndGo) {
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

}  // namespace
}  // namespace sbraid::fake_nvml

#include "device_model.hpp"

#include <gtest/gtest.h>

namespace sbraid::sim {
namespace {

constexpr std::uint64_t k_second = 1'000'000'000;
constexpr std::uint64_t k_mib = std::uint64_t{1} << 20U;
// Monotonic time 100 s is at this wall time, a whole number of sample periods.
constexpr std::uint64_t k_wall_at_100s = 6'000'000 * k_sample_us;

Clock at_seconds(std::uint64_t seconds) {
    return {seconds * k_second, k_wall_at_100s + (seconds - 100) * 1'000'000};
}

ObservedLoad load(unsigned pid, std::uint64_t start_s, std::vector<Phase> phases,
                  std::uint64_t end_ns = k_never) {
    auto made = std::make_shared<Load>();
    made->pid = pid;
    made->start_ticks = 1;
    made->start_ns = start_s * k_second;
    made->start_us = at_seconds(start_s).wall_us;
    made->gpus = {{"GPU-a", std::move(phases)}};
    return {made, end_ns};
}

TEST(DeviceModel, IdleDeviceDrawsIdlePower) {
    const Snapshot idle{at_seconds(100), {}};
    EXPECT_EQ(power_mw(idle, "GPU-a"), 70'000U);
    EXPECT_EQ(energy_mj(idle, "GPU-a"), 7'000'000U);
    EXPECT_EQ(utilization(idle, "GPU-a"), 0U);
    EXPECT_EQ(memory_used(idle, "GPU-a"), 0U);
    EXPECT_TRUE(samples(idle, "GPU-a", 0).empty());
}

TEST(DeviceModel, EnergyIsTheExactIntegral) {
    const std::vector<ObservedLoad> loads = {
        load(7, 100, {{0, {90, 0, 400'000}}, {2 * k_second, {10, 0, 1}}})};
    const auto energy = [&](std::uint64_t s) { return energy_mj({at_seconds(s), loads}, "GPU-a"); };
    EXPECT_EQ(energy(100), 7'000'000U);
    EXPECT_EQ(energy(101), 7'000'000U + 470'000);
    EXPECT_EQ(energy(102), 7'000'000U + 940'000);
    EXPECT_EQ(energy(1102), 7'000'000U + 940'000 + 70'001'000);
    EXPECT_EQ(energy_mj({at_seconds(102), loads}, "GPU-b"), 7'140'000U);
}

TEST(DeviceModel, AnEndedLoadKeepsItsEnergyAndNothingElse) {
    const std::vector<ObservedLoad> loads = {load(7, 100, {{0, {90, k_mib, 400'000}}}, 101 * k_second)};
    const Snapshot later{at_seconds(200), loads};
    EXPECT_EQ(energy_mj(later, "GPU-a"), 14'000'000U + 400'000);
    EXPECT_EQ(power_mw(later, "GPU-a"), 70'000U);
    EXPECT_EQ(memory_used(later, "GPU-a"), 0U);
    EXPECT_TRUE(running_processes(later, "GPU-a").empty());
}

TEST(DeviceModel, AnEndInTheFutureIsNotYetAnEnd) {
    const std::vector<ObservedLoad> loads = {load(7, 100, {{0, {90, k_mib, 1000}}}, 300 * k_second)};
    const Snapshot now{at_seconds(101), loads};
    EXPECT_EQ(energy_mj(now, "GPU-a"), 7'070'000U + 1000);
    EXPECT_EQ(memory_used(now, "GPU-a"), k_mib);
}

TEST(DeviceModel, ProcessesAddUpAndUtilisationIsCapped) {
    const Snapshot now{at_seconds(102),
                       {load(8, 100, {{0, {70, 3 * k_mib, 5}}}), load(7, 100, {{0, {60, 4, 6}}})}};
    EXPECT_EQ(memory_used(now, "GPU-a"), 3 * k_mib + 4);
    EXPECT_EQ(power_mw(now, "GPU-a"), 70'011U);
    EXPECT_EQ(utilization(now, "GPU-a"), 100U);
    const auto processes = running_processes(now, "GPU-a");
    ASSERT_EQ(processes.size(), 2U);
    EXPECT_EQ(processes[0].pid, 7U);
    EXPECT_EQ(processes[0].memory_bytes, 4U);
    EXPECT_EQ(processes[1].pid, 8U);
}

TEST(DeviceModel, AProcessIsListedWhileItDoesNothing) {
    const Snapshot now{at_seconds(102), {load(7, 100, {{0, {0, 0, 0}}})}};
    EXPECT_EQ(running_processes(now, "GPU-a").size(), 1U);
    EXPECT_TRUE(samples(now, "GPU-a", 0).empty());
}

TEST(DeviceModel, SamplesAreMeansOfWholePeriods) {
    // On for the first half of the first period, then off, then on from one second.
    const Snapshot now{
        at_seconds(102),
        {load(7, 100, {{0, {80, 0, 0}}, {k_sample_us * 500, {0, 0, 0}}, {k_second, {50, 0, 0}}})}};
    const auto found = samples(now, "GPU-a", 0);
    ASSERT_GE(found.size(), 2U);
    EXPECT_EQ(found[0].time_us, k_wall_at_100s + k_sample_us);
    EXPECT_EQ(found[0].util, 40U);
    EXPECT_EQ(found[0].pid, 7U);
    // 2 s hold 11 whole periods; the next to be on is the 6th, which ends 2 us after one second: still not
    // idle.
    EXPECT_EQ(found[1].time_us, k_wall_at_100s + 6 * k_sample_us);
    EXPECT_EQ(found[1].util, 1U);
    ASSERT_EQ(found.size(), 7U);
    for (std::size_t i = 2; i < found.size(); ++i) EXPECT_EQ(found[i].util, 50U);
    EXPECT_EQ(found.back().time_us, k_wall_at_100s + 11 * k_sample_us);
}

TEST(DeviceModel, SamplesAreOnlyThoseNewerThanTheLastSeen) {
    const std::vector<ObservedLoad> loads = {load(7, 100, {{0, {50, 0, 0}}})};
    const auto first = samples({at_seconds(110), loads}, "GPU-a", 0);
    ASSERT_FALSE(first.empty());
    EXPECT_TRUE(samples({at_seconds(110), loads}, "GPU-a", first.back().time_us).empty());
    EXPECT_EQ(samples({at_seconds(110), loads}, "GPU-a", first.back().time_us - 1).size(), 1U);
    const auto second = samples({at_seconds(115), loads}, "GPU-a", first.back().time_us);
    const auto all = samples({at_seconds(115), loads}, "GPU-a", 0);
    EXPECT_EQ(first.size() + second.size(), all.size());
    EXPECT_EQ(second.front().time_us, first.back().time_us + k_sample_us);
}

TEST(DeviceModel, TheRingForgetsAndADeadProcessStaysInIt) {
    const std::vector<ObservedLoad> loads = {load(7, 100, {{0, {50, 0, 0}}}, 150 * k_second)};
    EXPECT_EQ(samples({at_seconds(140), loads}, "GPU-a", 0).size(), k_ring_periods);
    const auto after = samples({at_seconds(160), loads}, "GPU-a", 0);
    EXPECT_GT(after.size(), 50U);
    EXPECT_LT(after.size(), 65U);
    EXPECT_TRUE(samples({at_seconds(171), loads}, "GPU-a", 0).empty());
}

TEST(DeviceModel, AccountsCoverTheWholeLife) {
    const std::vector<Phase> phases = {{0, {100, 5 * k_mib, 0}}, {k_second, {0, k_mib, 0}}};
    const std::vector<ObservedLoad> loads = {load(7, 100, phases, 102 * k_second), load(7, 200, phases),
                                             load(9, 150, phases, 150 * k_second + 1)};
    const auto early = accounts({at_seconds(102), {loads[0]}}, "GPU-a");
    ASSERT_EQ(early.size(), 1U);
    EXPECT_EQ(early[0].util, 50U);
    EXPECT_EQ(early[0].max_memory_bytes, 5 * k_mib);
    EXPECT_EQ(early[0].lifetime_ms, 2000U);
    EXPECT_FALSE(early[0].running);
    const auto late = accounts({at_seconds(204), loads}, "GPU-a");
    ASSERT_EQ(late.size(), 2U);
    EXPECT_EQ(late[0].pid, 9U);
    EXPECT_EQ(late[1].pid, 7U);
    EXPECT_EQ(late[1].util, 25U);
    EXPECT_EQ(late[1].lifetime_ms, 0U);
    EXPECT_TRUE(late[1].running);
    EXPECT_EQ(late[1].start_us, at_seconds(200).wall_us);
}

}  // namespace
}  // namespace sbraid::sim

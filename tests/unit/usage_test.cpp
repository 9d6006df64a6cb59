#include "sbraid/usage.hpp"

#include <gtest/gtest.h>

namespace sbraid {
namespace {

UsageSample second_at(double percent) {
    return {.seconds = 1, .percent_seconds = percent, .known_seconds = 1, .util_max = percent};
}

TEST(UsageAccumulator, KnowsNothingBeforeTheFirstSample) {
    const UsageSummary summary = UsageAccumulator{}.summary();
    EXPECT_FALSE(summary.util_mean);
    EXPECT_FALSE(summary.util_max);
    EXPECT_FALSE(summary.mem_max_bytes);
    EXPECT_FALSE(summary.energy_j);
    EXPECT_FALSE(summary.idle_fraction);
    EXPECT_FALSE(summary.longest_idle_s);
    EXPECT_FALSE(summary.processes);
    EXPECT_EQ(summary.coverage, 0);
}

TEST(UsageAccumulator, ThereWasNoProcessOnlyWhereSomebodyListedThemAll) {
    UsageAccumulator usage;
    usage.add(second_at(0));
    usage.add({.seconds = 0, .processes_known = true});
    EXPECT_FALSE(usage.summary().processes);
    usage.add({.seconds = 1, .processes_known = true});
    EXPECT_EQ(usage.summary().processes, 0U);
}

TEST(UsageAccumulator, WeighsAStretchByItsLength) {
    UsageAccumulator usage;
    usage.add(second_at(100));
    usage.add({.seconds = 9, .percent_seconds = 0, .known_seconds = 9});
    const UsageSummary summary = usage.summary();
    EXPECT_DOUBLE_EQ(*summary.util_mean, 10);
    EXPECT_DOUBLE_EQ(*summary.util_max, 100);
    EXPECT_DOUBLE_EQ(*summary.idle_fraction, 0.9);
    EXPECT_DOUBLE_EQ(*summary.longest_idle_s, 9);
    EXPECT_DOUBLE_EQ(summary.coverage, 1);
}

TEST(UsageAccumulator, AnUnknownStretchLowersCoverageOnly) {
    UsageAccumulator usage;
    usage.add(second_at(80));
    usage.add({.seconds = 3});
    const UsageSummary summary = usage.summary();
    EXPECT_DOUBLE_EQ(*summary.util_mean, 80);
    EXPECT_DOUBLE_EQ(summary.coverage, 0.25);
    EXPECT_DOUBLE_EQ(*summary.idle_fraction, 0);
}

TEST(UsageAccumulator, APartlyKnownStretchCountsForItsPart) {
    UsageAccumulator usage;
    usage.add({.seconds = 10, .percent_seconds = 50, .known_seconds = 1});
    EXPECT_DOUBLE_EQ(*usage.summary().util_mean, 50);
    EXPECT_DOUBLE_EQ(usage.summary().coverage, 0.1);
}

TEST(UsageAccumulator, LongestIdleIsTheLongestRunNotTheSum) {
    UsageAccumulator usage;
    for (const double percent : {0.0, 0.0, 90.0, 0.0, 0.0, 0.5, 90.0, 0.0}) usage.add(second_at(percent));
    EXPECT_DOUBLE_EQ(*usage.summary().longest_idle_s, 3);
    EXPECT_DOUBLE_EQ(*usage.summary().idle_fraction, 6.0 / 8);
}

TEST(UsageAccumulator, AnUnknownStretchEndsAnIdleRun) {
    UsageAccumulator usage;
    usage.add(second_at(0));
    usage.add({.seconds = 1});
    usage.add(second_at(0));
    EXPECT_DOUBLE_EQ(*usage.summary().longest_idle_s, 1);
}

TEST(UsageAccumulator, LateReadingsDoNotGetLostInAShortStretch) {
    UsageAccumulator usage;
    usage.add({.seconds = 1, .percent_seconds = 60, .known_seconds = 1});
    usage.add({.seconds = 0.01, .percent_seconds = 20, .known_seconds = 0.01});
    EXPECT_NEAR(*usage.summary().util_mean, 80 / 1.01, 1e-9);
}

TEST(UsageAccumulator, StaysWithinAHundredPercent) {
    UsageAccumulator usage;
    usage.add({.seconds = 1, .percent_seconds = 250, .known_seconds = 1, .util_max = 2147483632.0});
    EXPECT_DOUBLE_EQ(*usage.summary().util_mean, 100);
    EXPECT_DOUBLE_EQ(*usage.summary().util_max, 100);
}

TEST(UsageAccumulator, WithoutSingleReadingsTheMeanIsTheMaximum) {
    UsageAccumulator usage;
    usage.add({.seconds = 1, .percent_seconds = 40, .known_seconds = 1});
    EXPECT_DOUBLE_EQ(*usage.summary().util_max, 40);
}

TEST(UsageAccumulator, TheMeanIsNeverAboveTheHighestReading) {
    UsageAccumulator usage;
    usage.add({.seconds = 1, .percent_seconds = 43, .known_seconds = 1, .util_max = 40});
    EXPECT_DOUBLE_EQ(*usage.summary().util_max, 40);
    EXPECT_DOUBLE_EQ(*usage.summary().util_mean, 40);
}

TEST(UsageAccumulator, MemoryIsAPeakFromWhereverItIsKnown) {
    UsageAccumulator usage;
    usage.add({.seconds = 1, .mem_bytes = 100});
    usage.add({.seconds = 1, .mem_bytes = 300});
    usage.add({.seconds = 1, .mem_bytes = 200});
    EXPECT_EQ(*usage.summary().mem_max_bytes, 300);
    usage.saw_memory(400);
    usage.saw_memory(50);
    EXPECT_EQ(*usage.summary().mem_max_bytes, 400);
    EXPECT_FALSE(usage.summary().util_mean);
}

TEST(UsageAccumulator, EnergyIsTheDifferenceOfReadings) {
    UsageAccumulator usage;
    usage.read_energy(1000);
    EXPECT_FALSE(usage.summary().energy_j) << "one reading says nothing";
    usage.read_energy(1500);
    usage.read_energy(1700);
    EXPECT_DOUBLE_EQ(*usage.summary().energy_j, 700);
}

TEST(UsageAccumulator, AnEnergyCounterThatFallsKeepsWhatWasBefore) {
    UsageAccumulator usage;
    usage.read_energy(1000);
    usage.read_energy(1500);
    usage.read_energy(10);
    usage.read_energy(60);
    EXPECT_DOUBLE_EQ(*usage.summary().energy_j, 550);
}

TEST(UsageAccumulator, CountsDistinctProcessesUpToALimit) {
    UsageAccumulator usage;
    usage.saw_process(7);
    usage.saw_process(7);
    usage.saw_process(8);
    EXPECT_EQ(usage.summary().processes, 2U);
    for (std::int64_t pid = 0; pid < 10'000; ++pid) usage.saw_process(pid);
    EXPECT_EQ(usage.summary().processes, UsageAccumulator::k_most_processes);
}

TEST(UsageSummary, TimeThatNobodyWatchedLowersCoverage) {
    UsageAccumulator usage;
    usage.add(second_at(50));
    const UsageSummary summary = unwatched_after(usage.summary(), 3);
    EXPECT_DOUBLE_EQ(summary.coverage, 0.25);
    EXPECT_DOUBLE_EQ(summary.seconds, 4);
    EXPECT_DOUBLE_EQ(*summary.util_mean, 50);
    EXPECT_DOUBLE_EQ(unwatched_after(usage.summary(), -1).coverage, 1);
}

TEST(NextInterval, BacksOffFromOneSecondToTen) {
    EXPECT_DOUBLE_EQ(next_interval(0), 1);
    EXPECT_DOUBLE_EQ(next_interval(60), 1);
    EXPECT_DOUBLE_EQ(next_interval(300), 5);
    EXPECT_DOUBLE_EQ(next_interval(600), 10);
    EXPECT_DOUBLE_EQ(next_interval(1e6), 10);
}

}  // namespace
}  // namespace sbraid

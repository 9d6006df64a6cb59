#include "collect/gpu_ledger.hpp"

#include <gtest/gtest.h>

namespace sbraid::collect {
namespace {

// Pids up to 98 are gone, 99 may be anybody's, 100..199 are rank 0's, 200..299 rank 1's, 300..399 of another
// step of our job, above: strangers'.
std::optional<Owner> owner_of(pid_t pid) {
    if (pid < 99) return std::nullopt;
    if (pid == 99) return Owner{std::nullopt, std::nullopt, "pid 99"};
    if (pid < 300) {
        const std::uint32_t rank = pid < 200 ? 0 : 1;
        return Owner{rank, true, "rank " + std::to_string(rank)};
    }
    if (pid < 400) return Owner{std::nullopt, true, "step"};
    return Owner{std::nullopt, false, "job " + std::to_string(pid)};
}

constexpr std::int64_t k_period_us = 200'000;

// A reading at second `now` of a driver with five sample periods a second, in all of which `pid` was busy.
GpuReading busy_second(int now, pid_t pid, unsigned percent, std::int64_t mem) {
    GpuReading reading;
    reading.percent = percent;
    reading.mem_used = mem;
    reading.mem_total = 1000;
    reading.energy_j = 100.0 * now;
    reading.processes.emplace().push_back({pid, mem});
    reading.busy.emplace();
    for (int i = 1; i <= 5; ++i)
        reading.busy->push_back({pid, std::int64_t{now - 1} * 1'000'000 + i * k_period_us, percent});
    return reading;
}

GpuReading idle_second(int now) {
    GpuReading reading;
    reading.percent = 0;
    reading.mem_used = 0;
    reading.energy_j = 100.0 * now;
    reading.processes.emplace();
    reading.busy.emplace();
    return reading;
}

class Ledger : public testing::Test {
  protected:
    Ledger() {
        for (const std::size_t gpu : {0U, 1U}) ledger.add(gpu, idle_second(0), 0, owner_of);
        ledger.start_rank(0, 0);
        ledger.start_rank(1, 0);
    }
    GpuUsage rank_line(std::uint32_t rank) {
        const auto lines = ledger.usage_of_rank(rank);
        EXPECT_EQ(lines.size(), 1U);
        return lines.empty() ? GpuUsage{} : lines[0];
    }

    GpuLedger ledger{{"GPU-a", "GPU-b"}, 0};
};

TEST_F(Ledger, KeepsRanksAndGpusApart) {
    for (int second = 1; second <= 4; ++second) {
        ledger.add(0, busy_second(second, 100, 80, 500), second, owner_of);
        ledger.add(1, busy_second(second, 200, 20, 300), second, owner_of);
    }
    EXPECT_STREQ(rank_line(0).uuid, "GPU-a");
    EXPECT_NEAR(*rank_line(0).usage.util_mean, 80, 1e-9);
    EXPECT_EQ(*rank_line(0).usage.mem_max_bytes, 500);
    EXPECT_DOUBLE_EQ(*rank_line(0).usage.energy_j, 400);
    EXPECT_EQ(*rank_line(0).mem_total_bytes, 1000);
    EXPECT_FALSE(rank_line(0).shared);
    EXPECT_STREQ(rank_line(0).unknown_because, "");
    EXPECT_STREQ(rank_line(1).uuid, "GPU-b");
    EXPECT_NEAR(*rank_line(1).usage.util_mean, 20, 1e-9);
    EXPECT_EQ(ledger.usage_of_devices().size(), 2U);
    EXPECT_NEAR(*ledger.usage_of_devices()[0].usage.util_mean, 80, 1e-9);
}

TEST_F(Ledger, AGpuThatARankNeverTouchedHasNoLineButTheDeviceHas) {
    ledger.add(0, idle_second(1), 1, owner_of);
    EXPECT_TRUE(ledger.usage_of_rank(0).empty());
    const GpuUsage device = ledger.usage_of_devices()[0];
    EXPECT_TRUE(device.whole_device);
    EXPECT_DOUBLE_EQ(*device.usage.util_mean, 0);
    EXPECT_DOUBLE_EQ(*device.usage.idle_fraction, 1);
    EXPECT_EQ(device.usage.processes, 0U);
}

TEST_F(Ledger, WithoutAnyListNobodyKnowsThatThereWasNoProcess) {
    GpuReading reading;
    reading.percent = 0;
    reading.mem_used = 7;
    ledger.add(0, reading, 1, owner_of);
    EXPECT_FALSE(ledger.usage_of_devices()[0].usage.processes);
    EXPECT_EQ(*ledger.usage_of_devices()[0].usage.mem_max_bytes, 7);
    reading.busy = std::vector<BusySample>{{100, 1'500'000, 50}};
    ledger.add(0, reading, 2, owner_of);
    EXPECT_EQ(ledger.usage_of_devices()[0].usage.processes, 1U);
}

TEST_F(Ledger, TimeBeforeARanksFirstProcessIsIdle) {
    ledger.add(0, idle_second(1), 1, owner_of);
    ledger.add(0, idle_second(2), 2, owner_of);
    ledger.add(0, busy_second(3, 100, 90, 1), 3, owner_of);
    EXPECT_NEAR(*rank_line(0).usage.util_mean, 30, 1e-9);
    EXPECT_DOUBLE_EQ(*rank_line(0).usage.longest_idle_s, 2);
}

TEST_F(Ledger, TimeAfterARanksEndDoesNotCount) {
    ledger.add(0, busy_second(1, 100, 50, 1), 1, owner_of);
    ledger.end_rank(0, 1.0);
    ledger.add(0, idle_second(11), 11, owner_of);
    EXPECT_DOUBLE_EQ(rank_line(0).usage.seconds, 1);
    EXPECT_NEAR(*rank_line(0).usage.util_mean, 50, 1e-9);
    ledger.forget_rank(0);
    EXPECT_TRUE(ledger.usage_of_rank(0).empty());
}

TEST_F(Ledger, TwoRanksOnOneGpuShareIt) {
    GpuReading reading = busy_second(1, 100, 60, 10);
    reading.processes->push_back({200, 20});
    for (int i = 1; i <= 5; ++i) reading.busy->push_back({200, i * k_period_us, 30});
    ledger.add(0, reading, 1, owner_of);
    EXPECT_TRUE(rank_line(0).shared);
    EXPECT_TRUE(rank_line(1).shared);
    EXPECT_NEAR(*rank_line(0).usage.util_mean, 60, 1e-9);
    EXPECT_NEAR(*rank_line(1).usage.util_mean, 30, 1e-9);
    EXPECT_NEAR(*ledger.usage_of_devices()[0].usage.util_mean, 90, 1e-9);
    EXPECT_TRUE(ledger.usage_of_devices()[0].shared);
}

TEST_F(Ledger, AStrangerMakesTheGpuSharedAndIsNobodysRank) {
    ledger.add(0, busy_second(1, 500, 60, 10), 1, owner_of);
    EXPECT_TRUE(ledger.usage_of_devices()[0].shared);
    EXPECT_TRUE(ledger.usage_of_rank(0).empty());
    ledger.add(1, busy_second(1, 300, 60, 10), 1, owner_of);
    EXPECT_FALSE(ledger.usage_of_devices()[1].shared) << "another step of the same job, alone";
}

// At second 2.5 the step has ended at 2, and job 500 was busy from `since_us` on.
GpuReading next_job_at_2500ms(std::int64_t since_us) {
    GpuReading reading = busy_second(2, 100, 60, 10);
    reading.mem_used = 900;
    reading.processes = std::vector<GpuProcess>{{500, 890}};
    for (std::int64_t us = since_us; us <= 2'400'000; us += k_period_us)
        reading.busy->push_back({500, us, 90});
    return reading;
}

TEST_F(Ledger, TheNextJobOnTheGpuDoesNotShareItWithOneThatHasEnded) {
    ledger.add(0, busy_second(1, 100, 60, 10), 1, owner_of);
    ledger.end_rank(1, 1.5);
    ledger.forget_rank(1);
    ledger.end_rank(0, 2);
    ledger.add(0, next_job_at_2500ms(2'200'000), 2.5, owner_of);
    EXPECT_FALSE(rank_line(0).shared);
    ledger.forget_rank(0);
    ledger.add(0, next_job_at_2500ms(2'200'000), 2.6, owner_of);
    const GpuUsage device = ledger.usage_of_devices()[0];
    EXPECT_FALSE(device.shared);
    EXPECT_EQ(device.usage.processes, 1U);
    EXPECT_EQ(*device.usage.mem_max_bytes, 10);
    EXPECT_NEAR(*device.usage.util_max, 60, 1e-9);
}

TEST_F(Ledger, AStrangerWhoWasThereBeforeTheEndSharesTheGpuAlsoWhenSeenLater) {
    ledger.end_rank(1, 1.5);
    ledger.end_rank(0, 2);
    ledger.add(0, next_job_at_2500ms(1'800'000), 2.5, owner_of);
    EXPECT_TRUE(rank_line(0).shared);
    EXPECT_TRUE(ledger.usage_of_devices()[0].shared);
}

TEST_F(Ledger, ThatTheOtherRankHasEndedTooMayBeHeardOnlyLater) {
    ledger.add(0, busy_second(1, 100, 60, 10), 1, owner_of);
    ledger.end_rank(0, 2);
    ledger.add(0, next_job_at_2500ms(2'200'000), 2.5, owner_of);
    EXPECT_FALSE(rank_line(0).shared) << "its own end is known";
    ledger.forget_rank(0);
    ledger.end_rank(1, 2);
    ledger.add(0, next_job_at_2500ms(2'200'000), 2.6, owner_of);
    EXPECT_FALSE(ledger.usage_of_devices()[0].shared);
}

TEST_F(Ledger, AStrangerIsThereAsLongAfterTheClockWasSet) {
    ledger.add(0, busy_second(1, 100, 60, 10), 1, owner_of);
    GpuReading reading = busy_second(2, 100, 60, 10);
    reading.processes->push_back({500, 10});
    ledger.add(0, reading, 2, owner_of);
    ledger.clock_was_set(-1000);
    ledger.end_rank(0, -997);
    EXPECT_TRUE(rank_line(0).shared);
    ledger.clock_was_set(5000);
    EXPECT_TRUE(rank_line(0).shared);
}

TEST_F(Ledger, WhileARankLivesAStrangerSharesTheGpu) {
    ledger.end_rank(1, 2);
    ledger.add(0, next_job_at_2500ms(2'200'000), 2.5, owner_of);
    EXPECT_TRUE(rank_line(0).shared);
}

TEST_F(Ledger, SeveralProcessesOfARankAddUpAndAreCounted) {
    GpuReading reading = busy_second(1, 100, 30, 10);
    reading.processes->push_back({101, 20});
    for (int i = 1; i <= 5; ++i) reading.busy->push_back({101, i * k_period_us, 40});
    ledger.add(0, reading, 1, owner_of);
    EXPECT_NEAR(*rank_line(0).usage.util_mean, 70, 1e-9);
    EXPECT_EQ(*rank_line(0).usage.mem_max_bytes, 30);
    EXPECT_EQ(rank_line(0).usage.processes, 2U);
    EXPECT_FALSE(rank_line(0).shared);
}

TEST_F(Ledger, UnderMigUtilisationIsUnknownAndMemoryIsNot) {
    GpuReading reading;
    reading.unknown_because = "mig";
    reading.mem_used = 700;
    reading.processes.emplace().push_back({100, 600});
    ledger.add(0, reading, 1, owner_of);
    EXPECT_FALSE(rank_line(0).usage.util_mean);
    EXPECT_STREQ(rank_line(0).unknown_because, "mig");
    EXPECT_EQ(*rank_line(0).usage.mem_max_bytes, 600);
    EXPECT_FALSE(ledger.usage_of_devices()[0].usage.util_mean);
}

TEST_F(Ledger, WithoutSamplesOfProcessesTheDevicesRateSpeaksForASecond) {
    GpuReading reading;
    reading.percent = 40;
    ledger.add(0, reading, 10, owner_of);
    const GpuUsage device = ledger.usage_of_devices()[0];
    EXPECT_DOUBLE_EQ(*device.usage.util_mean, 40);
    EXPECT_DOUBLE_EQ(device.usage.coverage, 0.1);
}

TEST_F(Ledger, ASingleSampleOfUnknownPeriodSpeaksForASecondAtMost) {
    GpuReading reading = idle_second(10);
    reading.busy->push_back({100, 9'000'000, 50});
    ledger.add(0, reading, 10, owner_of);
    EXPECT_DOUBLE_EQ(*rank_line(0).usage.util_mean, 50);
    EXPECT_DOUBLE_EQ(rank_line(0).usage.coverage, 0.1);
}

// A driver that tells one sample for each process and reading.
GpuReading one_sample_each(int now, const std::vector<BusySample>& samples) {
    GpuReading reading = idle_second(now);
    reading.percent = 50;
    reading.busy = samples;
    return reading;
}

TEST_F(Ledger, OneSampleAReadingSpeaksForASecondOfEachAndSoDoesItsAbsence) {
    for (int now = 10; now <= 60; now += 10)
        ledger.add(0, one_sample_each(now, {{100, now * std::int64_t{1'000'000} - 3000, 50}}), now, owner_of);
    EXPECT_NEAR(*rank_line(0).usage.util_mean, 50, 1e-9);
    EXPECT_NEAR(*rank_line(0).usage.util_max, 50, 1e-9);
    EXPECT_NEAR(rank_line(0).usage.coverage, 0.1, 1e-9);
    EXPECT_NEAR(*ledger.usage_of_devices()[0].usage.util_mean, 50, 1e-9);
    for (int now = 70; now <= 120; now += 10) ledger.add(0, idle_second(now), now, owner_of);
    EXPECT_NEAR(*rank_line(0).usage.util_mean, 25, 1e-9) << "half of the time";
    EXPECT_NEAR(rank_line(0).usage.coverage, 0.1, 1e-9);
}

TEST_F(Ledger, SamplesOfTwoProcessesShowNoPeriodBetweenThem) {
    for (int now = 10; now <= 30; now += 10) {
        const std::int64_t us = now * std::int64_t{1'000'000};
        ledger.add(0, one_sample_each(now, {{100, us - 60'000, 30}, {200, us - 10'000, 20}}), now, owner_of);
    }
    EXPECT_NEAR(*rank_line(0).usage.util_mean, 30, 1e-9);
    EXPECT_NEAR(*rank_line(1).usage.util_mean, 20, 1e-9);
    EXPECT_NEAR(*ledger.usage_of_devices()[0].usage.util_mean, 50, 1e-9);
    EXPECT_NEAR(ledger.usage_of_devices()[0].usage.coverage, 0.1, 1e-9);
}

TEST_F(Ledger, ProcessesStampedApartAddUpToNoMoreThanAllOfTheDevice) {
    GpuReading reading = idle_second(1);
    reading.busy->clear();
    for (int i = 0; i < 5; ++i) {
        reading.busy->push_back({100, i * k_period_us + 50'000, 80});
        reading.busy->push_back({200, i * k_period_us + 100'000, 80});
    }
    ledger.add(0, reading, 1, owner_of);
    EXPECT_NEAR(*rank_line(0).usage.util_mean, 80, 1e-9);
    EXPECT_NEAR(*rank_line(1).usage.util_mean, 80, 1e-9);
    ledger.add(0, idle_second(2), 2, owner_of);
    // The first sample of all has nobody beside it.
    EXPECT_NEAR(*ledger.usage_of_devices()[0].usage.util_mean, (80 + 9 * 50) / 5 / 2.0, 1e-9);
    EXPECT_NEAR(*ledger.usage_of_devices()[0].usage.util_max, 100, 1e-9);
}

TEST_F(Ledger, AProcessThatRestsEveryOtherPeriodIsBusyHalfOfTheTime) {
    ledger.add(0, busy_second(1, 100, 60, 1), 1, owner_of);
    for (int second = 2; second <= 9; ++second) {
        GpuReading reading = idle_second(second);
        for (const int i : {1, 3})
            reading.busy->push_back({100, (second - 1) * std::int64_t{1'000'000} + i * k_period_us, 60});
        ledger.add(0, reading, second, owner_of);
    }
    EXPECT_NEAR(*rank_line(0).usage.util_mean, 60 * (5 + 8 * 2) / 5.0 / 9, 1e-9);
}

TEST_F(Ledger, WhereTheDriverTellsOfNoProcessButTheDeviceWorksRanksAreUnknown) {
    GpuReading reading = idle_second(1);
    reading.percent = 90;
    reading.processes->push_back({100, 5});
    ledger.add(0, reading, 1, owner_of);
    EXPECT_FALSE(rank_line(0).usage.util_mean);
    EXPECT_FALSE(rank_line(0).usage.idle_fraction);
    EXPECT_STREQ(rank_line(0).unknown_because, "not-sampled");
    EXPECT_EQ(*rank_line(0).usage.mem_max_bytes, 5);
    EXPECT_DOUBLE_EQ(*ledger.usage_of_devices()[0].usage.util_mean, 90);
}

TEST_F(Ledger, AStretchInWhichTheClockWasSetIsNotKnown) {
    for (const int by : {-3600, 3600}) {
        GpuLedger set{{"GPU-a"}, 5000};
        set.start_rank(0, 5000);
        set.add(0, busy_second(5001, 100, 80, 500), 5001, owner_of);
        set.clock_was_set(by);
        set.add(0, idle_second(5002 + by), 5002 + by, owner_of);
        set.add(0, busy_second(5003 + by, 100, 80, 500), 5003 + by, owner_of);
        set.end_rank(0, 5004 + by);
        set.add(0, idle_second(5014 + by), 5014 + by, owner_of);
        const UsageSummary usage = set.usage_of_rank(0).at(0).usage;
        EXPECT_NEAR(usage.seconds, 4, 1e-9);
        EXPECT_NEAR(usage.coverage, 0.75, 1e-9);
        EXPECT_NEAR(*usage.util_mean, 80 * 2 / 3.0, 1e-9);
        EXPECT_NEAR(*usage.longest_idle_s, 1, 1e-9);
    }
}

TEST_F(Ledger, AProcessThatMayBeAnybodysSharesNothing) {
    ledger.add(0, busy_second(1, 99, 60, 10), 1, owner_of);
    EXPECT_FALSE(ledger.usage_of_devices()[0].shared);
    EXPECT_EQ(ledger.usage_of_devices()[0].usage.processes, 1U);
    GpuReading reading = busy_second(2, 100, 60, 10);
    reading.processes->push_back({99, 10});
    ledger.add(0, reading, 2, owner_of);
    EXPECT_FALSE(rank_line(0).shared);
}

TEST(LedgerBeforeTheFirstRank, WhoWasThereSharesNothing) {
    GpuLedger ledger{{"GPU-a"}, 0};
    ledger.add(0, busy_second(1, 500, 60, 10), 1, owner_of);
    ledger.start_rank(0, 1);
    EXPECT_FALSE(ledger.usage_of_devices()[0].shared);
    ledger.add(0, busy_second(2, 500, 60, 10), 2, owner_of);
    EXPECT_TRUE(ledger.usage_of_devices()[0].shared);
}

TEST_F(Ledger, SilenceIsIdlenessOnlyOfADriverThatIsKnownToSpeak) {
    GpuReading silent;
    silent.busy.emplace();
    ledger.add(0, silent, 1, owner_of);
    EXPECT_FALSE(ledger.usage_of_devices()[0].usage.idle_fraction);
    EXPECT_DOUBLE_EQ(ledger.usage_of_devices()[0].usage.coverage, 0);
    ledger.add(0, busy_second(2, 100, 60, 10), 2, owner_of);
    ledger.add(0, silent, 3, owner_of);
    EXPECT_DOUBLE_EQ(*ledger.usage_of_devices()[0].usage.idle_fraction, 0.5);
}

TEST_F(Ledger, AProcessThatIsGoneBeforeAnybodyLooksSharesNothing) {
    GpuReading reading = busy_second(1, 100, 60, 10);
    reading.busy->insert(reading.busy->begin(), {7, 100'000, 30});
    ledger.add(0, reading, 1, owner_of);
    EXPECT_FALSE(rank_line(0).shared);
    EXPECT_FALSE(ledger.usage_of_devices()[0].shared);
    EXPECT_EQ(ledger.usage_of_devices()[0].usage.processes, 2U);
}

TEST_F(Ledger, AProcessThatOnlyTheDriversBooksMetCounts) {
    ledger.add_accounts(0, {{100, 5'000'000, 900}, {101, 1'000, 999}, {500, 6'000'000, 999}}, 1'000'000,
                        owner_of);
    EXPECT_EQ(rank_line(0).usage.processes, 1U) << "the second began before us, the third is a stranger's";
    EXPECT_EQ(*rank_line(0).usage.mem_max_bytes, 900);
    EXPECT_FALSE(rank_line(0).usage.util_mean);
    EXPECT_STREQ(rank_line(0).unknown_because, "not-sampled");
}

TEST_F(Ledger, ShowsTheLatestReadingForTheSeries) {
    ledger.add(0, busy_second(1, 100, 80, 500), 1, owner_of);
    const auto& glances = ledger.glances(0);
    ASSERT_EQ(glances.size(), 2U);
    EXPECT_FALSE(glances[0].rank);
    EXPECT_NEAR(*glances[0].percent, 80, 1e-9);
    EXPECT_EQ(*glances[1].rank, 0U);
    EXPECT_EQ(*glances[1].mem_bytes, 500);
}

}  // namespace
}  // namespace sbraid::collect

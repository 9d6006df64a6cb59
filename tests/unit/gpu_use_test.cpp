#include "sbraid/gpu_use.hpp"

#include <gtest/gtest.h>

#include "sbraid/gpu_request.hpp"

namespace sbraid {
namespace {

GpuUsed record(const char* step, std::optional<std::uint32_t> rank, const char* uuid, double mean,
               std::optional<double> energy) {
    GpuUsed use;
    use.where.step = step;
    use.where.node = "n1";
    use.rank = rank;
    use.uuid = uuid;
    use.util_mean = mean;
    use.util_max = mean > 0 ? 100 : 0;
    use.processes = mean > 0 ? 1 : 0;
    use.energy_j = energy;
    use.coverage = 1;
    return use;
}

/// Step "0" had its GPUs for 30 s, step "1" for 10 s, the batch step for 40 s.
GpuUse fold(const std::vector<GpuUsed>& records, const std::vector<StepStarted>& steps = {}) {
    std::vector<const GpuUsed*> gpus;
    for (const auto& one : records) gpus.push_back(&one);
    std::vector<const StepStarted*> started;
    for (const auto& one : steps) started.push_back(&one);
    return gpu_use(gpus, started, [](const StepKey& where) {
        return where.step == "0" ? 30.0 : where.step == "1" ? 10.0 : 40.0;
    });
}

TEST(GpuUse, EnergyOfTheBatchStepIsTheOneThatCounts) {
    const auto use = fold({record("batch", std::nullopt, "A", 20, 1000.0), record("0", 0, "A", 60, 700.0),
                           record("1", 0, "A", 20, 200.0)});
    ASSERT_EQ(use.rows.size(), 1U);
    EXPECT_EQ(use.rows[0].rank, 0U);
    EXPECT_EQ(use.rows[0].util_mean, 50);  // (60 * 30 + 20 * 10) / 40
    EXPECT_EQ(use.rows[0].energy_j, 1000);
    EXPECT_EQ(use.summary.energy_j, 1000);
    EXPECT_EQ(use.summary.util_mean, 20);
    EXPECT_EQ(use.summary.boards, 1U);
}

TEST(GpuUse, WithoutABatchReadingTheStepsAddUp) {
    const auto use = fold({record("0", 0, "A", 60, 700.0), record("1", 0, "A", 20, 200.0)});
    EXPECT_EQ(use.summary.energy_j, 900);
    EXPECT_EQ(use.summary.util_mean, 50);
}

TEST(GpuUse, RanksThatShareABoardDoNotMultiplyItsEnergy) {
    const auto use = fold({record("0", 0, "A", 30, 700.0), record("0", 1, "A", 20, 700.0)});
    EXPECT_EQ(use.summary.energy_j, 700);
    EXPECT_EQ(use.summary.util_mean, 50);
    ASSERT_EQ(use.rows.size(), 2U);
    EXPECT_EQ(use.rows[0].energy_j, std::nullopt);
    EXPECT_EQ(use.rows[1].energy_j, std::nullopt);

    const auto whole = fold({record("0", 0, "A", 30, std::nullopt), record("0", 1, "A", 20, std::nullopt),
                             record("0", std::nullopt, "A", 50, 700.0)});
    ASSERT_EQ(whole.rows.size(), 3U);
    EXPECT_EQ(whole.rows[2].rank, std::nullopt);
    EXPECT_EQ(whole.rows[2].energy_j, 700);
}

TEST(GpuUse, TheMeanOfATaskIsThatOfTheBoardsInItsRows) {
    const auto use = fold({record("batch", std::nullopt, "A", 20, {}), record("0", 0, "A", 60, {}),
                           record("batch", std::nullopt, "B", 10, {}), record("0", 1, "B", 30, {}),
                           record("1", 1, "B", 30, {})});
    ASSERT_EQ(use.rows.size(), 2U);
    EXPECT_EQ(use.rows[0].util_mean, 60);
    EXPECT_EQ(use.rows[0].board_util_mean, 20);
    EXPECT_EQ(use.rows[1].util_mean, 30);
    EXPECT_EQ(use.rows[1].board_util_mean, 10);
    EXPECT_EQ(use.summary.util_mean, 15);
}

TEST(GpuUse, WithoutAReadingOfTheBoardARankCountsForTheTimeThatItWasSeen) {
    auto late = record("0", 1, "A", 80, {});
    late.coverage = 0.25;
    const auto use = fold({record("0", 0, "A", 30, {}), late});
    EXPECT_EQ(use.summary.util_mean, 50);  // (30 % of 30 s and 80 % of 7.5 s) of 30 s
}

TEST(GpuUse, SharedIsSaidOfTheBoardInAllItsRows) {
    // The batch step takes all ranks of a step for one, so only they know that they shared.
    auto first = record("0", 0, "A", 30, {}), second = record("0", 1, "A", 20, {});
    second.shared = true;
    const auto use =
        fold({record("batch", std::nullopt, "A", 50, {}), first, second, record("0", 2, "B", 9, {})});
    ASSERT_EQ(use.rows.size(), 4U);
    for (const auto& row : use.rows) EXPECT_EQ(row.shared, row.uuid == "A");
    EXPECT_EQ(use.summary.shared, 1U);
}

TEST(GpuUse, ARankThatDidNotUseABoardIsNotShownBesideOneThatDid) {
    const auto use = fold({record("0", 0, "A", 30, 700.0), record("0", 1, "A", 0, 700.0)});
    ASSERT_EQ(use.rows.size(), 1U);
    EXPECT_EQ(use.rows[0].rank, 0U);
}

TEST(GpuUse, ABoardThatWasGivenButNeverToldOfIsUnknown) {
    StepStarted step;
    step.where.node = "n1";
    step.gpus = {"A", "B"};
    const auto use = fold({record("0", 0, "A", 30, 700.0)}, {step});
    ASSERT_EQ(use.rows.size(), 2U);
    EXPECT_EQ(use.rows[1].uuid, "B");
    EXPECT_EQ(use.rows[1].unknown_because, "not-sampled");
    EXPECT_EQ(use.rows[1].verdict, GpuVerdict::unknown);
    EXPECT_EQ(use.summary.boards, 2U);
    EXPECT_EQ(use.summary.util_mean, 30);
}

TEST(GpuUse, NothingKnownSaysWhy) {
    StepStarted step;
    step.gpus_unknown_because = "no-library";
    const auto use = fold({}, {step});
    EXPECT_TRUE(use.rows.empty());
    EXPECT_EQ(use.summary.unknown_because, "no-library");
    EXPECT_EQ(use.summary.util_mean, std::nullopt);
}

std::optional<std::int64_t> requested(std::vector<std::string> options,
                                      std::vector<std::string> sbatch_lines = {}) {
    PlannedJob job;
    job.options = std::move(options);
    job.sbatch_lines = std::move(sbatch_lines);
    return gpus_requested(job);
}

TEST(GpuRequest, CountsEverySpelling) {
    EXPECT_EQ(requested({}), 0);
    EXPECT_EQ(requested({"--gpus=4"}), 4);
    EXPECT_EQ(requested({"--gpus=h100:2,a100:1"}), 3);
    EXPECT_EQ(requested({"--gres=gpu"}), 1);
    EXPECT_EQ(requested({"--gres=gpu:h100"}), 1);
    EXPECT_EQ(requested({"--gres=gpu:h100:4,shard:2", "--nodes=2-4"}), 8);
    EXPECT_EQ(requested({"--gres=shard:2"}), 0);
    EXPECT_EQ(requested({"--gpus-per-node=h100:2", "--nodes=3"}), 6);
    EXPECT_EQ(requested({"--gpus-per-task=1", "--ntasks=5"}), 5);
    EXPECT_EQ(requested({"--gpus-per-task=2", "--ntasks-per-node=2", "--nodes=2"}), 8);
    EXPECT_EQ(requested({"--tres-per-task=cpu=2,gres/gpu:h100:1", "--ntasks=3"}), 3);
    EXPECT_EQ(requested({"--gpus-per-socket=1"}), std::nullopt);
}

TEST(GpuRequest, LinesOfTheScriptCountUnlessTheOptionsSayOtherwise) {
    const std::vector<std::string> lines{"-N 2 --gres=gpu:h100:2  # two", "--time 10"};
    EXPECT_EQ(requested({}, lines), 4);
    EXPECT_EQ(requested({"--nodes=1"}, lines), 2);
    EXPECT_EQ(requested({}, {"-G4"}), 4);
}

}  // namespace
}  // namespace sbraid

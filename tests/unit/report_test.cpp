// What is joined to what: plan, state file and sacct.

#include "sbraid/report.hpp"

#include <gmock/gmock.h>

#include "report_fixture.hpp"

namespace sbraid {
namespace {

using namespace report_fixture;
using testing::ElementsAre;

TEST(Report, AnArrayThatWasCancelledBeforeItStartedHasOneRowForAllItsElements) {
    World run;
    run.state.jobs[0].elements[1].status.state = JobState::pending;
    run.sacct = sacct_line({{"JobID", "10"}, {"State", "CANCELLED by 1000"}, {"ReqCPUS", "2"}});
    const auto row = run.joined().rows.at(1);
    EXPECT_EQ(row.state, JobState::cancelled);
    EXPECT_EQ(row.cpus_asked, 2);
}

TEST(Report, OnlyTheLastAttemptIsJudged) {
    World run;
    // An attempt before: it used GPU 3, which the last did not touch.
    run.state.gpus.push_back(used(where(20, "0", "n2"), 3, 3, 50, 100));
    const RunReport joined = run.without_accounting();
    std::size_t found = 0;
    for (const auto& row : joined.rows[3].gpu.rows) {
        if (row.uuid != uuid(3)) continue;
        ++found;
        EXPECT_EQ(row.verdict, GpuVerdict::untouched);
    }
    EXPECT_EQ(found, 1U);
}

TEST(Report, WhatAllAttemptsHadIsSummedUp) {
    World run;
    run.sacct.clear();
    const auto begin = [](std::int64_t s) {
        return std::to_string(at(s).time_since_epoch() / std::chrono::seconds(1));
    };
    const auto attempt = [&](std::int64_t submit, const char* state, const char* elapsed) {
        run.sacct += sacct_line({{"JobID", "20"},
                                 {"State", state},
                                 {"Submit", begin(submit)},
                                 {"Start", begin(submit + 5)},
                                 {"ElapsedRaw", elapsed},
                                 {"TotalCPU", "00:01:00"},
                                 {"AllocTRES", "cpu=8,gres/gpu=4,node=1"}});
    };
    attempt(10, "REQUEUED", "100");
    attempt(200, "NODE_FAIL", "30");
    attempt(400, "RUNNING", "7");
    const auto row = run.joined().rows.at(3);
    EXPECT_EQ(row.elapsed_s, 7);
    EXPECT_EQ(row.total.elapsed_s, 137);
    EXPECT_EQ(row.total.gpu_s, 4 * 137);
    EXPECT_EQ(row.total.cpu_used_s, 120) << "of those that have ended";
}

TEST(Report, AJobOfAnotherRunThatGotTheIdLaterIsLeftOut) {
    World run;
    run.sacct +=
        sacct_line({{"JobID", "20"},
                    {"State", "FAILED"},
                    {"Submit", std::to_string(at(9000).time_since_epoch() / std::chrono::seconds(1))},
                    {"ReqCPUS", "99"},
                    {"SubmitLine", "sbatch --comment=sbraid:other-20270101T000000-000000:a#1"}});
    run.sacct += sacct_line({{"JobID", "20.0"}, {"MaxRSS", "999G"}, {"TRESUsageInTot", "mem=999G"}});
    const auto row = run.joined().rows.at(3);
    const auto expected = World().joined().rows.at(3);
    EXPECT_EQ(row.cpus_asked, expected.cpus_asked);
    EXPECT_EQ(row.mem_max_bytes, expected.mem_max_bytes);
}

TEST(Report, RecordsOfAnEarlierAttemptAreNotThoseOfTheLast) {
    World run;
    // The third attempt was recorded by its batch script alone; the records are of the second.
    run.state.jobs[1].elements[0].attempts = 3;
    const auto row = run.joined().rows.at(3);
    EXPECT_EQ(row.gpu.rows.size(), 0U);
    EXPECT_EQ(row.gpu.summary.boards, 0U);
    EXPECT_EQ(row.gpus_asked, 4);
}

TEST(Report, WaitingForParentsIsNoWaitInTheQueue) {
    const auto child = World().joined().rows.at(4);
    EXPECT_EQ(child.ineligible_s, 89);
    EXPECT_EQ(child.wait_s, 9);
}

TEST(Report, WithoutAccountingTheWaitOfAChildIsNotKnown) {
    World run;
    run.plan.jobs[1].edges.push_back(PlannedEdge{});
    const auto rows = run.without_accounting().rows;
    EXPECT_EQ(rows.at(3).wait_s, std::nullopt);
    EXPECT_EQ(rows.at(4).wait_s, 99);
}

/// The eval of the run, of which sacct says nothing but this.
ReportRow eval_of(World run, const std::map<std::string, std::string>& job,
                  const std::vector<std::map<std::string, std::string>>& steps) {
    run.sacct = sacct_line(job);
    for (const auto& step : steps) run.sacct += sacct_line(step);
    return run.joined().rows.at(4);
}

World without_rank_records() {
    World run;
    run.state.ranks.clear();
    return run;
}

TEST(Report, AfterAnOutOfMemoryKillTheLimitIsShownAndNotASample) {
    const auto row = World().joined().rows.at(4);
    EXPECT_EQ(row.mem_max_bytes, 2 * k_gib);
    EXPECT_EQ(row.why, "ran out of memory (limit 2G)");
}

TEST(Report, AStepThatRanOutOfMemoryIsToldWhateverTheStateOfTheJob) {
    auto run = without_rank_records();
    run.state.jobs[2].elements[0].status.state = JobState::failed;
    run.state.jobs[2].elements[0].status.exit_code = 1;
    const auto row = eval_of(run, {{"JobID", "30"}, {"State", "FAILED"}, {"ExitCode", "1:0"}},
                             {{{"JobID", "30.batch"}, {"State", "FAILED"}, {"MaxRSS", "3M"}},
                              {{"JobID", "30.0"},
                               {"State", "OUT_OF_MEMORY"},
                               {"NNodes", "1"},
                               {"MaxRSS", "2M"},
                               {"AllocTRES", "cpu=1,mem=60M,node=1"}}});
    EXPECT_EQ(row.state, JobState::failed);
    EXPECT_EQ(row.why, "exit code 1; step 0 ran out of memory (limit 60M)");
    EXPECT_EQ(row.mem_max_bytes, 60LL << 20);
    EXPECT_THAT(row.warnings, ElementsAre("step 0 ran out of memory (limit 60M)"));
}

TEST(Report, WhatARankToldOfItsMemoryIsSaidOnceWithTheLimit) {
    auto run = without_rank_records();
    run.state.jobs[2].elements[0].status.state = JobState::failed;
    run.state.jobs[2].elements[0].status.exit_code = 1;
    run.state.ranks.push_back(rank(where(30, "0", "n1"), 0, std::nullopt, 9, true));
    const auto row = eval_of(
        run, {{"JobID", "30"}, {"State", "FAILED"}, {"ExitCode", "1:0"}},
        {{{"JobID", "30.0"}, {"State", "FAILED"}, {"NNodes", "1"}, {"AllocTRES", "cpu=1,mem=60M,node=1"}}});
    EXPECT_EQ(row.why, "exit code 1; step 0 ran out of memory (limit 60M)");
}

TEST(Report, OnSeveralNodesItIsNotKnownHowMuchMemoryWasUsed) {
    const auto row = eval_of(without_rank_records(), {{"JobID", "30"}, {"State", "OUT_OF_MEMORY"}},
                             {{{"JobID", "30.batch"},
                               {"State", "OUT_OF_MEMORY"},
                               {"NNodes", "2"},
                               {"MaxRSS", "2M"},
                               {"AllocTRES", "cpu=1,mem=4G,node=2"}}});
    EXPECT_EQ(row.mem_max_bytes, std::nullopt);
    EXPECT_THAT(row.warnings, ElementsAre("ran out of memory (limit 4G on its 2 nodes together)"));
}

TEST(Report, AnOutOfMemoryKillWithoutALimitIsToldWithout) {
    const auto row = eval_of(without_rank_records(), {{"JobID", "30"}, {"State", "OUT_OF_MEMORY"}}, {});
    EXPECT_EQ(row.why, "ran out of memory");
    EXPECT_THAT(row.warnings, ElementsAre("ran out of memory"));
}

}  // namespace
}  // namespace sbraid

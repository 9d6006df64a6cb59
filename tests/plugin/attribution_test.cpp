#include "collect/attribution.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace sbraid::collect {
namespace {

using namespace std::string_literals;

// A process table by script.
class FakeTable final : public ProcessTable {
  public:
    struct Process {
        std::string memberships;
        pid_t parent = 1;
        std::uint64_t start = 0;
        std::string environment{};
    };
    std::map<pid_t, Process> processes;

    std::string memberships(pid_t pid) override {
        return processes.count(pid) > 0 ? processes[pid].memberships : "";
    }
    std::string environment(pid_t pid) override {
        return processes.count(pid) > 0 ? processes[pid].environment : "";
    }
    std::optional<Stat> stat(pid_t pid) override {
        if (processes.count(pid) == 0) return std::nullopt;
        return Stat{processes[pid].parent, processes[pid].start};
    }
};

std::string v1(const std::string& path) {
    return "6:freezer:/slurm/uid_0/job_1\n4:memory:" + path + "\n0::/\n";
}

Step step_of(const std::string& name, bool is_script) {
    Step step;
    step.key.step = name;
    step.job_id = 1;
    step.is_script = is_script;
    return step;
}

const Step k_ours = step_of("0", false);
const Step k_script = step_of("batch", true);
const std::string k_step = "/slurm/uid_0/job_1/step_0";
const std::string k_origin = "6:freezer:/slurm/uid_0/job_1\n5:devices:/\n";

TEST(Attribution, IsByTheTaskGroupWhateverItsNumberCounts) {
    FakeTable table;
    table.processes = {{10, {v1(k_step + "/task_0")}},   // rank 4: the first on this node
                       {11, {v1(k_step + "/task_1")}},   // rank 5
                       {20, {v1(k_step + "/task_1")}}};  // a daemon of rank 5, a child of nobody here
    Attribution attribution(table, k_ours, k_origin);
    attribution.rank_started(4, 10);
    attribution.rank_started(5, 11);
    EXPECT_EQ(attribution.owner(10)->rank, 4U);
    EXPECT_EQ(attribution.owner(20)->rank, 5U);
    EXPECT_EQ(attribution.owner(20)->who, "rank 5");
}

TEST(Attribution, IsByDescentWhereThereAreNoTaskGroups) {
    FakeTable table;
    table.processes = {{10, {"0::/\n"}}, {20, {"0::/\n", 10}}, {30, {"0::/\n", 20}}, {40, {"0::/\n", 1}}};
    Attribution attribution(table, k_ours, "0::/\n");
    attribution.rank_started(2, 10);
    EXPECT_EQ(attribution.owner(30)->rank, 2U);
    EXPECT_FALSE(attribution.owner(40)->rank);
    EXPECT_EQ(attribution.owner(40)->same_job, std::nullopt) << "it may be anybody's, ours too";
}

TEST(Attribution, WhereThereAreNoGroupsTheEnvironmentTellsTheJob) {
    FakeTable table;
    table.processes = {{10, {"0::/\n"}},
                       {20, {"0::/\n", 1, 0, "A=1\0SLURM_JOB_ID=1\0SLURM_STEP_ID=1\0"s}},
                       {30, {"0::/\n", 1, 0, "SLURM_JOB_ID=2\0SLURM_STEP_ID=0\0"s}},
                       {40, {"0::/\n", 1, 0, "SLURM_STEP_ID=0\0SLURM_JOB_ID=1"s}},
                       {50, {"0::/\n", 1, 0, "XSLURM_JOB_ID=2\0SLURM_JOB_ID\0SLURM_JOB_ID="s}}};
    Attribution attribution(table, k_ours, "0::/\n");
    attribution.rank_started(2, 10);
    EXPECT_EQ(attribution.owner(20)->same_job, true);
    EXPECT_FALSE(attribution.owner(20)->rank);
    EXPECT_EQ(attribution.owner(20)->who, "step 1");
    EXPECT_EQ(attribution.owner(30)->same_job, false);
    EXPECT_EQ(attribution.owner(30)->who, "job 2");
    EXPECT_EQ(attribution.owner(40)->rank, 2U) << "a daemon of our only rank";
    EXPECT_EQ(attribution.owner(50)->same_job, std::nullopt);
}

TEST(Attribution, WhereThereAreNoGroupsWhatAScriptsSrunStartsIsAnotherStep) {
    FakeTable table;
    table.processes = {{10, {"0::/\n"}},
                       {20, {"0::/\n", 1, 0, "SLURM_JOB_ID=1\0SLURM_STEP_ID=0\0"s}},
                       {30, {"0::/\n", 1, 0, "SLURM_JOB_ID=1\0"s}}};
    Attribution attribution(table, k_script, "0::/\n");
    attribution.rank_started(0, 10);
    EXPECT_FALSE(attribution.owner(20)->rank);
    EXPECT_EQ(attribution.owner(20)->same_job, true);
    EXPECT_EQ(attribution.owner(30)->rank, 0U);
}

TEST(Attribution, WhatIsInNoneOfTheGroupsThatSlurmMakesIsOfNoJob) {
    FakeTable table;
    table.processes = {{10, {v1(k_step + "/task_0")}}, {20, {"0::/\n"}}};
    Attribution attribution(table, k_ours, k_origin);
    attribution.rank_started(0, 10);
    EXPECT_EQ(attribution.owner(20)->same_job, false);
}

TEST(Attribution, BeforeTheFirstRankNobodyIsAStrangerWhoseGroupsCannotBeCompared) {
    FakeTable table;
    table.processes = {{20, {v1(k_step + "/task_0")}}};
    Attribution attribution(table, k_ours, "0::/\n");
    EXPECT_EQ(attribution.owner(20)->same_job, std::nullopt);
}

TEST(Attribution, InTheStepButInNoTaskIsByDescentElseTheOnlyRanks) {
    FakeTable table;
    const std::string special = "0::/system.slice/slurmstepd.scope/job_1/step_0/user/task_special\n";
    table.processes = {{10, {special}}, {11, {special}}, {20, {special, 11}}, {30, {special, 1}}};
    Attribution attribution(table, k_ours, "");
    attribution.rank_started(0, 10);
    EXPECT_EQ(attribution.owner(30)->rank, 0U);

    Attribution two(table, k_ours, "");
    two.rank_started(0, 10);
    two.rank_started(1, 11);
    EXPECT_EQ(two.owner(20)->rank, 1U);
    EXPECT_FALSE(two.owner(30)->rank);
    EXPECT_EQ(two.owner(30)->same_job, std::nullopt);  // it may be the rank that is on the GPU already

    Step of_two = k_ours;
    of_two.local_ranks = 2;
    Attribution early(table, of_two, "");
    early.rank_started(1, 11);
    EXPECT_FALSE(early.owner(30)->rank) << "the other rank has only not been heard of yet";
}

TEST(Attribution, OtherStepsAndJobsAreNotOurs) {
    FakeTable table;
    table.processes = {{10, {v1(k_step + "/task_0")}},
                       {20, {v1("/slurm/uid_0/job_1/step_1/task_0")}},
                       {30, {"6:freezer:/slurm/uid_7/job_2\n4:memory:/slurm/uid_7/job_2/step_0/task_0\n"}}};
    Attribution attribution(table, k_ours, k_origin);
    attribution.rank_started(0, 10);
    const auto sister = attribution.owner(20);
    EXPECT_FALSE(sister->rank);
    EXPECT_EQ(sister->same_job, true);
    const auto stranger = attribution.owner(30);
    EXPECT_FALSE(stranger->rank);
    EXPECT_EQ(stranger->same_job, false);
    EXPECT_EQ(stranger->who, "/slurm/uid_7/job_2");
}

TEST(Attribution, EverythingInAScriptsStepIsRankZeros) {
    FakeTable table;
    table.processes = {{10, {v1("/slurm/uid_0/job_1/step_batch/task_0")}},
                       {20, {v1("/slurm/uid_0/job_1/step_batch/task_0")}},
                       {30, {v1("/slurm/uid_0/job_1/step_0/task_0")}}};
    Attribution attribution(table, k_script, k_origin);
    attribution.rank_started(0, 10);
    EXPECT_EQ(attribution.owner(20)->rank, 0U);
    EXPECT_FALSE(attribution.owner(30)->rank);
    EXPECT_EQ(attribution.owner(30)->same_job, true);
}

TEST(Attribution, RemembersTheDeadAndDoesNotMistakeTheirSuccessors) {
    FakeTable table;
    table.processes = {{10, {v1(k_step + "/task_0"), 1, 100}}, {20, {v1(k_step + "/task_0"), 10, 200}}};
    Attribution attribution(table, k_ours, k_origin);
    attribution.rank_started(0, 10);
    EXPECT_EQ(attribution.owner(20)->rank, 0U);
    table.processes.erase(20);
    EXPECT_EQ(attribution.owner(20)->rank, 0U);
    table.processes[20] = {"6:freezer:/slurm/uid_7/job_2\n4:memory:/slurm/uid_7/job_2/step_0\n", 1, 300};
    EXPECT_FALSE(attribution.owner(20)->rank);
    EXPECT_FALSE(attribution.owner(99));
}

TEST(Attribution, APidThatCameRoundAgainIsNoRankAndHasNoDescendants) {
    FakeTable table;
    table.processes = {{10, {"0::/\n", 1, 100}}, {20, {"0::/\n", 10, 110}}, {11, {"0::/\n", 1, 120}}};
    Attribution attribution(table, k_ours, "0::/\n");
    attribution.rank_started(0, 10);
    attribution.rank_started(1, 11);
    EXPECT_EQ(attribution.owner(20)->rank, 0U);
    table.processes[10].start = 900;
    table.processes[30] = {"0::/\n", 10, 910};
    EXPECT_FALSE(attribution.owner(30)->rank);
    EXPECT_FALSE(attribution.owner(10)->rank);
}

TEST(Attribution, ARankThatIsGoneWhenWeLookIsKnownByItsPid) {
    FakeTable table;
    Attribution attribution(table, k_ours, "0::/\n");
    attribution.rank_started(3, 10);
    EXPECT_EQ(attribution.owner(10)->rank, 3U);
    table.processes[10] = {"0::/\n", 1, 900};
    EXPECT_FALSE(attribution.owner(10)->rank);
}

TEST(Attribution, AProcessThatWasSeenBeforeItsRankIsTheRanks) {
    FakeTable table;
    table.processes = {{10, {v1(k_step + "/task_0")}}, {20, {v1(k_step + "/task_0"), 10}}};
    Attribution attribution(table, k_ours, k_origin);
    EXPECT_FALSE(attribution.owner(20)->rank);
    attribution.rank_started(2, 10);
    EXPECT_EQ(attribution.owner(20)->rank, 2U);
}

TEST(Attribution, NothingDescendsFromARankThatHasEnded) {
    FakeTable table;
    const std::string step = "0::/system.slice/slurmstepd.scope/job_1/step_0/user\n";
    table.processes = {{10, {step}}, {11, {step}}, {20, {step, 10}}, {30, {step, 1}}};
    Attribution attribution(table, k_ours, "");
    attribution.rank_started(0, 10);
    attribution.rank_started(1, 11);
    attribution.rank_ended(0);
    EXPECT_FALSE(attribution.owner(20)->rank);
    EXPECT_FALSE(attribution.owner(30)->rank) << "that one rank is left does not make it the only one";
    EXPECT_EQ(attribution.owner(10)->rank, 0U) << "seen before it ended";
}

TEST(Attribution, SurvivesACircleOfParents) {
    FakeTable table;
    table.processes = {{10, {"0::/\n"}}, {20, {"0::/\n", 30}}, {30, {"0::/\n", 20}}};
    Attribution attribution(table, k_ours, "0::/\n");
    attribution.rank_started(0, 10);
    EXPECT_FALSE(attribution.owner(20)->rank);
}

TEST(ProcStat, IsReadBehindANameThatMayHoldAnything) {
    std::string text = "4711 (a) b (c) S 12";
    for (int field = 5; field < 22; ++field) text += " 0";
    const auto stat = parse_stat(text + " 987654 1 2\n");
    EXPECT_EQ(stat->parent, 12);
    EXPECT_EQ(stat->start_ticks, 987654U);
    EXPECT_FALSE(parse_stat(""));
    EXPECT_FALSE(parse_stat("4711 (a"));
    EXPECT_FALSE(parse_stat("4711 (a) S 12 0 0"));
    EXPECT_FALSE(parse_stat("4711 (a) S x 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0"));
}

TEST(ProcTable, KnowsThisProcess) {
    ProcTable table;
    ASSERT_TRUE(table.stat(getpid()));
    EXPECT_EQ(table.stat(getpid())->parent, getppid());
    EXPECT_NE(table.memberships(getpid()), "");
    EXPECT_NE(table.environment(getpid()), "");
    EXPECT_FALSE(table.stat(1 << 23));
}

}  // namespace
}  // namespace sbraid::collect

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan_fixture.hpp"
#include "sbraid/shell_quote.hpp"

namespace sbraid {
namespace {

using testing::ElementsAre;

constexpr const char* k_flow = R"(
name = "flow"
[task.a]
run = "true"
[task.b]
run = "true"
array = "0-15%4"
[task.child]
run = "true"
afterok = ["a", "b[3]", "b"]
afternotok = ["job:77"]
after = ["a+10", "b"]
afterany = ["a"]
)";

TEST(SbatchArguments, MergeEdgesByKind) {
    const SubmissionPlan plan = plan_of(k_flow);
    const PlannedJob& child = job_of(plan, "child");
    ASSERT_EQ(child.edges.size(), 7U);
    Submission how;
    for (const PlannedEdge& edge : child.edges) {
        const auto* inside = std::get_if<JobIndex>(&edge.parent);
        how.parent_ids.emplace_back(inside == nullptr                        ? 77
                                    : plan.jobs[inside->value].name() == "a" ? 12
                                                                             : 13);
    }
    EXPECT_EQ(dependency(child, how), "afterok:12:13_3:13,afterany:12,afternotok:77,after:12+10:13");
    for (std::size_t edge = 0; edge < child.edges.size(); ++edge) {
        if (child.edges[edge].kind != EdgeKind::after) how.parent_ids[edge] = JobId{};
    }
    EXPECT_EQ(dependency(child, how), "after:12+10:13");
    how.parent_ids.assign(how.parent_ids.size(), JobId{});
    EXPECT_EQ(dependency(child, how), "");
}

TEST(SbatchArguments, AreWhatSbatchTakes) {
    const SubmissionPlan plan = plan_of(R"(
        name = "flow"
        [defaults]
        partition = "gpu"
        time = "01:00:00"
        [task.a]
        run = "true"
        [task.b]
        run = "true"
        afterok = ["a"]
        array = "0-15%4"
        mem = "2G"
        comment = "for the paper"
        exclusive = true)");
    const std::string dir = "/home/ada/flow";
    const std::string logs = dir + "/.sbraid/" + std::string{k_run} + "/logs/";
    EXPECT_THAT(sbatch_arguments(plan, plan.jobs[0], {.number = 1, .held = true, .parent_ids = {}}),
                ElementsAre("--parsable", "--chdir=" + dir, "--job-name=flow.a", "--open-mode=append",
                            "--output=" + logs + "a-%j.out", "--partition=gpu", "--time=01:00:00", "--hold",
                            "--comment=sbraid:flow-20260101T000000-5f3a9c:a#1"));
    EXPECT_THAT(sbatch_arguments(plan, plan.jobs[1], {.number = 2, .held = false, .parent_ids = {JobId{12}}}),
                ElementsAre("--parsable", "--chdir=" + dir, "--exclusive", "--job-name=flow.b", "--mem=2G",
                            "--open-mode=append", "--output=" + logs + "b-%A_%a.out", "--partition=gpu",
                            "--time=01:00:00", "--array=0-15%4", "--dependency=afterok:12",
                            "--kill-on-invalid-dep=yes",
                            "--comment=sbraid:flow-20260101T000000-5f3a9c:b#2 for the paper"));
}

TEST(SbatchArguments, KillOnInvalidDependencyOnlyWhereAnEdgeCanBecomeImpossible) {
    const auto kill_option = [](const char* kind, bool kill) {
        const SubmissionPlan plan =
            plan_of(std::string{"name = \"flow\"\n[task.a]\nrun = \"true\"\n[task.b]\nrun = \"true\"\n"} +
                    kind + " = [\"a\"]\n");
        std::string found;
        for (const std::string& word :
             sbatch_arguments(plan, plan.jobs[1], {.parent_ids = {JobId{12}}, .kill_on_invalid_dep = kill})) {
            if (word.starts_with("--kill")) found += word;
        }
        return found;
    };
    EXPECT_EQ(kill_option("afterok", true), "--kill-on-invalid-dep=yes");
    EXPECT_EQ(kill_option("afternotok", true), "--kill-on-invalid-dep=yes");
    EXPECT_EQ(kill_option("afternotok", false), "--kill-on-invalid-dep=no");
    EXPECT_EQ(kill_option("on_dead_dependency = \"keep\"\nafterok", true), "--kill-on-invalid-dep=no");
    EXPECT_EQ(kill_option("on_dead_dependency = \"cancel\"\nafterok", false), "--kill-on-invalid-dep=yes");
    EXPECT_EQ(kill_option("afterany", true), "");
    EXPECT_EQ(kill_option("after", true), "");
}

TEST(SbatchArguments, KeepTheHoldOfTheUser) {
    const SubmissionPlan plan = plan_of("name = \"flow\"\n[task.a]\nrun = \"true\"\nhold = true\n");
    EXPECT_TRUE(plan.jobs[0].user_hold);
    EXPECT_THAT(sbatch_arguments(plan, plan.jobs[0], {.parent_ids = {}}),
                testing::Contains("--hold").Times(1));
}

TEST(ShellQuote, LeavesPlainWordsAlone) {
    EXPECT_EQ(shell_quote("--gres=gpu:h100:4"), "--gres=gpu:h100:4");
    EXPECT_EQ(shell_quote("logs/%x-%j.out"), "logs/%x-%j.out");
}

TEST(ShellQuote, QuotesTheRestByteForByte) {
    EXPECT_EQ(shell_quote(""), "''");
    EXPECT_EQ(shell_quote("a b"), "'a b'");
    EXPECT_EQ(shell_quote("it's $HOME"), R"('it'\''s $HOME')");
    EXPECT_EQ(shell_quote("~ada"), "'~ada'");
    EXPECT_EQ(shell_quote("=ls"), "'=ls'");
    EXPECT_EQ(shell_quote("a\nb"), "'a\nb'");
    const std::vector<std::string> words{"echo", "a b", ""};
    EXPECT_EQ(shell_join(words), "echo 'a b' ''");
}

}  // namespace
}  // namespace sbraid

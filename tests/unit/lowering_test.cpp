// Edges that one --dependency cannot say: or, and mixed with or, cut arrays.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "../../lib/src/dependency_text.hpp"
#include "plan_fixture.hpp"
#include "sbraid/batch_script.hpp"

namespace sbraid {
namespace {

/// `a, b, c and d that may fail or not`, then the text.
std::string with_parents(std::string_view rest) {
    std::string toml = "name = \"flow\"\n";
    for (const char* name : {"a", "b", "c", "d"}) toml += fmt::format("[task.{}]\nrun = \"true\"\n", name);
    return toml + std::string{rest};
}

/// One line a job that waits: `x afterok:a:b`.
std::string edges_of(const SubmissionPlan& plan) {
    std::string text;
    for (const PlannedJob& job : plan.jobs) {
        const std::string edges = dependency_by_name(plan, job);
        if (!edges.empty()) text += fmt::format("{} {}\n", job.name(), edges);
    }
    return text;
}

std::string waiting(std::string_view expression) {
    return edges_of(
        plan_of(with_parents(fmt::format("[task.x]\nrun = \"true\"\ndependency = \"{}\"\n", expression))));
}

TEST(Lowering, WhatSlurmCanSayNeedsNoGate) {
    EXPECT_EQ(waiting("afterok:a:b,afternotok:c"), "x afterok:a:b,afternotok:c\n");
    EXPECT_EQ(waiting("afterok:a:b?afternotok:c"), "x afterok:a?afterok:b?afternotok:c\n");
    EXPECT_EQ(waiting("after:a+10,singleton"), "x after:a+10,singleton\n");
    EXPECT_EQ(waiting("singleton"), "x singleton\n");
    EXPECT_EQ(waiting("((afterok:a),(afterok:b))"), "x afterok:a:b\n");
}

TEST(Lowering, AMixtureNeedsAGateForEachInnerLevel) {
    EXPECT_EQ(waiting("afterok:a,(afterok:b?afternotok:c)"),
              "x.gate1 afterok:b?afternotok:c\nx afterok:a:x.gate1\n");
    EXPECT_EQ(waiting("(afterok:a,afterok:b)?(afterok:c,afterok:d)"),
              "x.gate1 afterok:a:b\nx.gate2 afterok:c:d\nx afterok:x.gate1?afterok:x.gate2\n");
    EXPECT_EQ(waiting("afterok:a,(afterok:b?(afterok:c,afterok:d))"),
              "x.gate1 afterok:c:d\nx.gate2 afterok:b?afterok:x.gate1\nx afterok:a:x.gate2\n");
}

TEST(Lowering, TheSamePartOfTwoConditionsNeedsOneGate) {
    const auto plan = plan_of(with_parents(R"toml(
[task.x]
run = "true"
dependency = "afterok:a,(afterok:b?afterok:c)"
[task.y]
run = "true"
dependency = "(afterok:c?afterok:b),afterany:d"
)toml"));
    EXPECT_EQ(edges_of(plan),
              "x.gate1 afterok:b?afterok:c\nx afterok:a:x.gate1\ny afterok:x.gate1,afterany:d\n");
}

TEST(Lowering, ListsAndAnExpressionAreMetTogether) {
    const auto plan = plan_of(
        with_parents("[task.x]\nrun = \"true\"\nafterany = [\"a\"]\ndependency = \"afterok:b?afterok:c\"\n"));
    EXPECT_EQ(edges_of(plan), "x.gate1 afterok:b?afterok:c\nx afterok:x.gate1,afterany:a\n");
}

TEST(Lowering, AGateIsCheapAndStandsWhereItsTaskMay) {
    const auto plan = plan_of(with_parents(R"toml(
[task.x]
run = "true"
partition = "gpu"
account = "ada"
gres = "gpu:4"
time = "1-00:00:00"
dependency = "afterok:a,(afterok:b?afterok:c)"
)toml"));
    const PlannedJob& gate = job_of(plan, "x.gate1");
    EXPECT_EQ(gate.role, JobRole::gate);
    EXPECT_EQ(gate.options,
              (std::vector<std::string>{"--account=ada", "--chdir=/", "--cpus-per-task=1",
                                        "--job-name=flow.x.gate1", "--mem=64M", "--nodes=1", "--ntasks=1",
                                        "--output=/dev/null", "--partition=gpu", "--time=1"}));
    EXPECT_NE(batch_script(plan, gate).find("\n#   afterok:b?afterok:c\nexit 0\n"), std::string::npos);
}

TEST(Lowering, TheNotifierWaitsForTheEndOfAllJobsAndIsNeverATask) {
    const auto plan = plan_of(R"toml(
name = "flow"
[notify]
webhook = "https://hooks.example.org/secret"
[defaults]
partition = "gpu"
[task.notify]
run = "true"
[task.server]
service = true
run = "true"
[final.report]
run = "true"
)toml");
    const PlannedJob& notifier = plan.jobs.back();
    EXPECT_EQ(notifier.role, JobRole::notifier);
    EXPECT_EQ(notifier.name(), "notify_") << "there is a task of that name";
    EXPECT_EQ(dependency_by_name(plan, notifier), "afterany:notify:server:report:server.end");
    const std::string log = plan.run_dir + "/logs/notify_-%j.out";
    EXPECT_EQ(notifier.options,
              (std::vector<std::string>{"--chdir=/", "--cpus-per-task=1", "--job-name=flow.notify_",
                                        "--mem=512M", "--nodes=1", "--ntasks=1", "--output=" + log,
                                        "--partition=gpu", "--time=15"}));
    const std::string script = batch_script(plan, notifier);
    EXPECT_NE(script.find("\nsbraid=/opt/sbraid/bin/sbraid\n"), std::string::npos);
    EXPECT_NE(script.find(" notify --wait 5m --patience 3m /home/ada/flow/.sbraid/"), std::string::npos);
    EXPECT_EQ(script.find("secret"), std::string::npos);
    EXPECT_TRUE(script.ends_with("\nexit 0\n"));
}

TEST(Lowering, APartNeverTakesTheNameOfATask) {
    const auto plan = plan_of(with_parents(R"toml(
[task."x.gate1"]
run = "true"
[task.x]
run = "true"
dependency = "afterok:a,(afterok:b?afterok:c)"
)toml"));
    EXPECT_EQ(edges_of(plan), "x.gate1_ afterok:b?afterok:c\nx afterok:a:x.gate1_\n");
}

constexpr std::string_view k_cut = R"toml(
name = "flow"
[task.shards]
run = "true"
array = "0-2500"
[task.each]
run = "true"
aftercorr = ["shards"]
[task.all]
run = "true"
afterok = ["shards"]
[task.alarm]
run = "true"
afternotok = ["shards"]
[task.one]
run = "true"
afterok = ["shards[1500]"]
)toml";

TEST(Lowering, ACutTaskLooksLikeOne) {
    const auto plan = plan_of(k_cut);
    EXPECT_EQ(edges_of(plan),
              "each.1 aftercorr:shards.1\neach.2 aftercorr:shards.2\neach.3 aftercorr:shards.3\n"
              "all afterok:shards.1:shards.2:shards.3\n"
              "alarm afternotok:shards.1?afternotok:shards.2?afternotok:shards.3\n"
              "one afterok:shards.2_499\n");
    EXPECT_EQ(job_of(plan, "shards.2").element_name(499), "1500");
}

TEST(Lowering, PairsOfACutArrayDoNotDependOnHowItIsWritten) {
    const auto pairs = [](std::string_view parent, std::string_view child) {
        return edges_of(
            plan_of(fmt::format("name = \"flow\"\n[task.a]\nrun = \"true\"\narray = \"{}\"\n"
                                "[task.b]\nrun = \"true\"\narray = \"{}\"\naftercorr = [\"a\"]\n",
                                parent, child)));
    };
    const std::string expected = "b.1 aftercorr:a.1\nb.2 aftercorr:a.2\n";
    EXPECT_EQ(pairs("0-4000:2", "0-2000:2,2002-4000:2"), expected);
    EXPECT_EQ(pairs("0-2000:2,2002-4000:2", "0-4000:2"), expected);
    EXPECT_EQ(pairs("0-4000:2", "0-4000:2%2"), expected);
}

TEST(Lowering, SingletonBesideAnOrNeedsAGate) {
    constexpr std::string_view k_task = "[task.x]\nrun = \"true\"\nsingleton = true\n";
    EXPECT_EQ(
        edges_of(plan_of(with_parents(fmt::format("{}dependency = \"afterok:a?afterok:b\"\n", k_task)))),
        "x.gate1 afterok:a?afterok:b\nx afterok:x.gate1,singleton\n");
    EXPECT_EQ(waiting("(afterok:a?afterok:b),singleton"),
              "x.gate1 afterok:a?afterok:b\nx afterok:x.gate1,singleton\n");
    EXPECT_EQ(edges_of(plan_of(fmt::format(
                  "name = \"flow\"\n[task.a]\nrun = \"true\"\narray = \"0-1500\"\n{}afternotok = [\"a\"]\n",
                  k_task))),
              "x.gate1 afternotok:a.1?afternotok:a.2\nx afterok:x.gate1,singleton\n");
}

TEST(Lowering, PartsBeyondTheLimitRunInLanes) {
    auto workflow = workflow_of("name = \"flow\"\n[task.a]\nrun = \"true\"\narray = \"0-39%2\"\n");
    PlanContext context = context_of_tests();
    context.max_array_size = 10;
    EXPECT_EQ(edges_of(plan(workflow, context)), "a.3 afterany:a.1\na.4 afterany:a.2\n");
}

TEST(Lowering, TenThousandParentsAreOneDependencyAndMoreAreGates) {
    const auto with = [](int parents) {
        std::string toml = "name = \"flow\"\n";
        for (int i = 0; i < parents; ++i) toml += fmt::format("[task.p{}]\nrun = \"true\"\n", i);
        const auto plan = plan_of(toml + "[task.x]\nrun = \"true\"\nafterok = [\"p*\"]\n");
        return fmt::format("{} jobs, {} edges", plan.jobs.size(), plan.jobs.back().edges.size());
    };
    EXPECT_EQ(with(10'000), "10001 jobs, 10000 edges");
    EXPECT_EQ(with(12'000), "12003 jobs, 2 edges");
}

/// The longest --dependency, with ids of eight digits.
std::size_t longest_dependency(const SubmissionPlan& plan) {
    std::size_t longest = 0;
    for (const PlannedJob& job : plan.jobs) {
        Submission submission;
        submission.parent_ids.assign(job.edges.size(), JobId{12345678});
        longest = std::max(longest, dependency(job, submission).size());
    }
    return longest;
}

TEST(Lowering, ElementsAndMinutesCountInTheLengthOfADependency) {
    constexpr std::string_view k_parent = "name = \"flow\"\n[task.a]\nrun = \"true\"\narray = \"0-999990\"\n";
    auto workflow =
        workflow_of(fmt::format("{}[task.x]\nrun = \"true\"\nafterok = [\"a[900000-911109]\"]\n"
                                "[task.y]\nrun = \"true\"\nafternotok = [\"a[900000-906000]\"]\n"
                                "[task.z]\nrun = \"true\"\nafter = [\"a[900000-911109]+71582788\"]\n",
                                k_parent));
    PlanContext context = context_of_tests();
    context.max_array_size = 1'000'000;
    const auto planned = plan(workflow, context);
    EXPECT_LE(longest_dependency(planned), 100'100U);
    EXPECT_GE(longest_dependency(planned), 80'000U);
}

}  // namespace
}  // namespace sbraid

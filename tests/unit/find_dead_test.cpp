// What can never run any more, computed over the graph.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run_state_fixture.hpp"

namespace sbraid {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(FindDead, AHandlerOfASuccessIsSkippedAndThatIsNoFailure) {
    World world(k_chain);
    world.submit_all();
    world.slurm_says("prep", JobState::completed);
    EXPECT_THAT(world.dead(), IsEmpty());
    world.slurm_says("train", JobState::completed);
    EXPECT_THAT(world.dead(), ElementsAre("alarm"));
    EXPECT_EQ(world.state_of("alarm"), JobState::skipped);
    EXPECT_EQ(world.element("alarm").why, "parent 'train' succeeded, so afternotok can never be met");
    EXPECT_THAT(world.dead(), IsEmpty()) << "told once";
    EXPECT_EQ(world.now(), RunPhase::succeeded);
}

TEST(FindDead, GoesThroughChainsAndASkippedParentRunsItsHandlers) {
    World world(k_chain);
    world.submit_all();
    world.slurm_says("prep", JobState::failed);
    EXPECT_THAT(world.dead(), ElementsAre("train"));
    EXPECT_EQ(world.element("train").why, "parent 'prep' failed, so afterok can never be met");
    EXPECT_EQ(world.state_of("alarm"), JobState::pending) << "train ends CANCELLED, which is not ok";
    EXPECT_EQ(world.now(), RunPhase::running);
    world.slurm_says("alarm", JobState::completed);
    EXPECT_EQ(world.now(), RunPhase::failed);
}

TEST(FindDead, NamesTheSkippedParentAndSparesWhatOnlyWaitsForAnEnd) {
    World world(R"(
[task.a]
run = "true"
[task.b]
run = "true"
afterok = ["a"]
[task.c]
run = "true"
afterok = ["b"]
[task.any]
run = "true"
afterany = ["b"]
[task.after]
run = "true"
after = ["b"]
)");
    world.submit_all();
    world.slurm_says("a", JobState::timeout);
    EXPECT_THAT(world.dead(), ElementsAre("b", "c"));
    EXPECT_EQ(world.element("b").why, "parent 'a' ran into its time limit, so afterok can never be met");
    EXPECT_EQ(world.element("c").why, "parent 'b' was skipped, so afterok can never be met");
}

TEST(FindDead, WhatTheUserKeepsStaysInTheQueueAndWhatWaitsForItToo) {
    World world(R"(
[task.a]
run = "true"
[task.b]
run = "true"
afterok = ["a"]
on_dead_dependency = "keep"
[task.c]
run = "true"
afterok = ["b"]
)");
    world.submit_all();
    world.slurm_says("a", JobState::failed);
    EXPECT_THAT(world.dead(), IsEmpty());
    EXPECT_EQ(world.state_of("b"), JobState::pending);
    EXPECT_EQ(world.now(), RunPhase::running);
    world.slurm_says("b", JobState::cancelled);
    EXPECT_THAT(world.dead(), ElementsAre("c"));
    EXPECT_EQ(world.state_of("b"), JobState::skipped);
}

TEST(FindDead, WhatSlurmCancelledForItIsSkippedAlsoWhenReadBack) {
    World world(k_chain);
    world.submit_all();
    world.slurm_says("prep", JobState::failed);
    world.slurm_says("train", JobState::cancelled);  // by kill-on-invalid-dep
    EXPECT_THAT(world.dead(), IsEmpty()) << "it is in the queue no longer";
    EXPECT_EQ(world.state_of("train"), JobState::skipped);
    const RunState again = replay(world.plan, world.records);
    EXPECT_EQ(again.jobs[1].elements[0].status.state, JobState::skipped);
    EXPECT_EQ(again.jobs[1].elements[0].why, "parent 'prep' failed, so afterok can never be met");
    EXPECT_EQ(again.jobs[2].elements[0].status.state, JobState::pending);
}

TEST(FindDead, WhatAUserCancelledOrWhatHasStartedIsNotSkipped) {
    World world(k_chain);
    world.submit_all();
    world.say(JobCancelled{"train", {world.id("train"), {}}, "cancel"});
    world.slurm_says("train", JobState::cancelled);
    world.slurm_says("prep", JobState::failed);
    EXPECT_THAT(world.dead(), IsEmpty());
    EXPECT_EQ(world.state_of("train"), JobState::cancelled);

    World other(k_chain);
    other.submit_all();
    other.slurm_says("train", JobState::running);  // Slurm had forgotten its parent
    other.slurm_says("prep", JobState::failed);
    EXPECT_THAT(other.dead(), IsEmpty());
}

TEST(FindDead, WhatWeCancelledForItIsSkipped) {
    World world(k_chain);
    world.submit_all();
    world.slurm_says("prep", JobState::failed);
    EXPECT_THAT(world.dead(), ElementsAre("train"));
    world.say(JobCancelled{"train", {world.id("train"), {}}, "dead-dependency"});
    const RunState again = replay(world.plan, world.records);
    EXPECT_EQ(again.jobs[1].elements[0].status.state, JobState::skipped);
    EXPECT_EQ(again.jobs[1].elements[0].why, "parent 'prep' failed, so afterok can never be met");
}

/// Made by hand: the file format does not have aftercorr and elements yet.
SubmissionPlan plan_of_arrays() {
    SubmissionPlan made;
    const auto add = [&](const std::string& name, bool array, std::vector<PlannedEdge> edges) {
        PlannedJob job;
        job.task = name;
        if (array) job.array = ArraySpec{{{0, 2, 1}}, std::nullopt};
        job.edges = std::move(edges);
        made.jobs.push_back(std::move(job));
    };
    const JobIndex a{0};
    add("a", true, {});
    add("corr", true, {{EdgeKind::aftercorr, a, std::nullopt, {}}});
    add("ok", false, {{EdgeKind::afterok, a, std::nullopt, {}}});
    add("notok", false, {{EdgeKind::afternotok, a, std::nullopt, {}}});
    add("one", false, {{EdgeKind::afterok, a, 2, {}}});
    return made;
}

TEST(FindDead, ArraysDieAsSlurmJudgesThem) {
    World world("[task.a]\nrun = \"true\"\n");
    world.plan = plan_of_arrays();
    world.state = {};
    world.submit_all();
    world.slurm_says("a", JobState::completed, 0);
    world.slurm_says("a", JobState::failed, 1);
    EXPECT_THAT(world.dead(), ElementsAre("corr[1]", "ok"));
    EXPECT_EQ(world.element("corr", 1).why, "parent 'a[1]' failed, so aftercorr can never be met");
    EXPECT_EQ(world.element("ok").why, "parent 'a[1]' failed, so afterok can never be met");
    EXPECT_EQ(world.state_of("corr", 0), JobState::pending);
    world.slurm_says("a", JobState::completed, 2);
    EXPECT_THAT(world.dead(), IsEmpty()) << "one element failed, so afternotok is met; a[2] did not";
}

TEST(FindDead, AnArrayThatIsDeadWholeIsOneJob) {
    World world("[task.a]\nrun = \"true\"\n");
    world.plan = plan_of_arrays();
    world.state = {};
    world.submit_all();
    for (std::uint32_t i = 0; i < 3; ++i) world.slurm_says("a", JobState::failed, i);
    EXPECT_THAT(world.dead(), ElementsAre("corr", "ok", "one"));
}

TEST(FindDead, WhatIsLostKillsNothing) {
    World world(k_chain);
    world.submit_all();
    const std::vector<JobKey> missing{{world.id("prep"), {}}};
    observe_missing(world.state, world.plan, missing, true, world.now_s() + k_silence);
    EXPECT_EQ(world.state_of("prep"), JobState::lost);
    EXPECT_THAT(world.dead(), IsEmpty());
}

TEST(FindDead, WhatARollbackTookBackIsNotSkipped) {
    World world(
        "[task.a]\nrun = '1'\n[task.b]\nafterok = ['a']\nrun = '1'\n[task.c]\nafterok = ['b']\nrun = '1'\n");
    world.submit("a");
    world.say(JobRefused{"b", 1, "invalid partition specified: moon"});
    world.say(JobCancelled{"a", {world.id("a"), {}}, "rollback"});
    world.slurm_says("a", JobState::cancelled);
    EXPECT_THAT(world.dead(), IsEmpty());
    EXPECT_EQ(world.state_of("b"), JobState::unsubmitted);
    EXPECT_EQ(world.state_of("c"), JobState::unsubmitted);
}

}  // namespace
}  // namespace sbraid

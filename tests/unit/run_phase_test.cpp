// The state of a run as a whole.

#include <gtest/gtest.h>

#include "run_state_fixture.hpp"

namespace sbraid {
namespace {

TEST(Phase, FollowsARunFromItsCreationToItsEnd) {
    World world(k_chain);
    EXPECT_EQ(world.now(true), RunPhase::submitting);
    EXPECT_EQ(world.now(), RunPhase::partial);
    world.submit("prep");
    EXPECT_EQ(world.now(true), RunPhase::submitting);
    EXPECT_EQ(world.now(), RunPhase::partial);
    world.submit("train");
    world.submit("alarm");
    EXPECT_EQ(world.now(), RunPhase::partial) << "all is in but held";
    world.say(JobsReleased{{world.id("prep"), world.id("train"), world.id("alarm")}});
    world.say(RunSubmitted{});
    EXPECT_EQ(world.now(), RunPhase::running);
    for (const char* job : {"prep", "train", "alarm"}) world.slurm_says(job, JobState::completed);
    EXPECT_EQ(world.now(), RunPhase::succeeded);
}

TEST(Phase, ARolledBackRunIsCancelledOnceNothingOfItIsLeft) {
    World world(k_chain);
    world.submit("prep");
    world.submit("train");
    world.say(JobRefused{"alarm", 1, "sbatch: error: invalid partition"});
    EXPECT_EQ(world.state.jobs[2].refused, "sbatch: error: invalid partition");
    EXPECT_EQ(world.now(), RunPhase::partial) << "--keep-partial, or killed before the rollback";
    world.say(RollbackStarted{});
    world.say(JobCancelled{"train", {world.id("train"), {}}, "rollback"});
    EXPECT_EQ(world.now(), RunPhase::partial);
    world.say(JobCancelled{"prep", {world.id("prep"), {}}, "rollback"});
    EXPECT_TRUE(world.state.rolled_back);
    EXPECT_EQ(world.now(), RunPhase::partial) << "until it is known that nothing is left";
    world.say(RunTakenBack{});
    EXPECT_EQ(world.now(), RunPhase::cancelled);
    world.submit("prep", 2, 501);  // resume
    EXPECT_TRUE(world.state.rolled_back) << "train is still to be submitted anew, also by the next resume";
    EXPECT_EQ(world.now(), RunPhase::partial);
    world.submit("train", 2, 502);
    EXPECT_FALSE(world.state.rolled_back);
}

TEST(Phase, ARollbackThatDiedIsPartialAndKnowsWhatItTookBack) {
    World world(k_chain);
    world.submit("prep");
    world.submit("train");
    world.say(JobRefused{"alarm", 1, "no"});
    world.say(RollbackStarted{});
    world.slurm_says("train", JobState::cancelled);  // scancel went through, and we were killed
    world.slurm_says("prep", JobState::cancelled);
    EXPECT_TRUE(world.state.rolled_back);
    EXPECT_EQ(world.now(), RunPhase::partial);
}

TEST(Phase, ARefusalOfTheFirstJobIsCancelledOnceNothingElseCanBeIn) {
    World world(k_chain);
    world.say(JobRefused{"prep", 1, "no"});
    EXPECT_EQ(world.now(), RunPhase::partial) << "another sbatch may have been under way";
    world.say(RunTakenBack{});
    EXPECT_EQ(world.now(), RunPhase::cancelled);
}

TEST(Phase, WhatARollbackLeftAliveAndResumeKeptIsTakenBackNoLonger) {
    World world(k_chain);
    world.submit("prep");
    world.say(JobRefused{"train", 1, "no"});
    world.say(RollbackStarted{});
    world.submit("train", 2, 602);
    world.submit("alarm", 2, 603);
    EXPECT_TRUE(world.state.rolled_back);
    world.say(RunSubmitted{});
    EXPECT_FALSE(world.state.rolled_back);
    world.slurm_says("prep", JobState::cancelled);  // later, by somebody else
    EXPECT_FALSE(world.state.jobs[0].taken_back);
}

TEST(Phase, ACancelledRunIsFailedOnlyWhenSomethingFailed) {
    for (const bool failed : {false, true}) {
        World world(k_chain);
        world.submit_all();
        world.slurm_says("prep", failed ? JobState::failed : JobState::completed);
        for (const char* job : {"alarm", "train"}) {
            world.say(JobCancelled{job, {world.id(job), {}}, "cancel"});
            EXPECT_EQ(world.now(), RunPhase::running) << "until Slurm says that it is over";
            world.slurm_says(job, JobState::cancelled);
        }
        EXPECT_EQ(world.now(), failed ? RunPhase::failed : RunPhase::cancelled);
    }
}

TEST(Phase, ACrashBehindTheReleaseLeavesNothingToFinish) {
    World world(k_chain);
    for (const char* job : {"prep", "train", "alarm"}) world.submit(job);
    for (const char* job : {"prep", "train", "alarm"}) world.slurm_says(job, JobState::running);
    EXPECT_EQ(world.now(), RunPhase::running) << "held jobs do not run: they were released";
}

TEST(Phase, SkippedJobsNeedNoSubmission) {
    World world(k_chain);
    world.submit("prep");
    world.say(JobsReleased{{world.id("prep")}});
    world.slurm_says("prep", JobState::failed);
    world.say(JobSkipped{"train", "parent 'prep' failed"});
    EXPECT_EQ(world.state_of("train"), JobState::skipped);
    EXPECT_EQ(world.now(), RunPhase::partial) << "alarm is missing";
    world.submit("alarm");
    world.say(JobsReleased{{world.id("alarm")}});
    world.say(RunSubmitted{});
    world.slurm_says("alarm", JobState::completed);
    EXPECT_EQ(world.now(), RunPhase::failed);
}

TEST(Phase, TheNotifierSaysNothingOfTheRun) {
    World world("[notify]\nwebhook = \"https://h/x\"\n[task.a]\nrun = \"true\"\n");
    world.submit("a");
    EXPECT_EQ(world.now(), RunPhase::partial) << "it is to be in";
    world.submit_all();
    EXPECT_EQ(world.now(), RunPhase::running);
    world.slurm_says("a", JobState::completed);
    EXPECT_EQ(world.now(), RunPhase::succeeded);
    world.slurm_says("notify", JobState::timeout);
    EXPECT_EQ(world.now(), RunPhase::succeeded);
}

}  // namespace
}  // namespace sbraid

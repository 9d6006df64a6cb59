// Elements that neither the controller nor accounting knows any more.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run_state_fixture.hpp"

namespace sbraid {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(ObserveMissing, WithoutAccountingTheBatchScriptsWordCounts) {
    World world(k_chain);
    world.submit_all();
    const JobKey prep{world.id("prep"), {}};
    world.say(AttemptStarted{prep, "prep", 0, "n1"});
    world.say(AttemptEnded{prep, "prep", 0, 0});
    const auto ended = observe_missing(world.state, world.plan, {prep}, false, world.now_s());
    ASSERT_EQ(ended.size(), 1U);
    EXPECT_EQ(ended[0].status.state, JobState::completed);
    EXPECT_TRUE(world.element("prep").final);
}

TEST(ObserveMissing, AccountingMayBeLateForAWhile) {
    World world(k_chain);
    world.submit_all();
    const JobKey prep{world.id("prep"), {}};
    world.say(AttemptEnded{prep, "prep", 0, 7});
    const Timestamp said = world.element("prep").heard;
    EXPECT_THAT(observe_missing(world.state, world.plan, {prep}, true, said + k_silence - milliseconds{1}),
                IsEmpty());
    EXPECT_FALSE(world.element("prep").final);
    const auto ended = observe_missing(world.state, world.plan, {prep}, true, said + k_silence);
    ASSERT_EQ(ended.size(), 1U);
    EXPECT_EQ(ended[0].status.state, JobState::failed);
    EXPECT_EQ(ended[0].status.exit_code, 7);
}

TEST(ObserveMissing, WhatNobodyHasHeardOfForLongIsLostAtTheFirstLookAndASightBeginsAnew) {
    World world(k_chain);
    world.submit_all();
    const std::vector<JobKey> prep{{world.id("prep"), {}}};
    const Timestamp later = world.now_s() + k_silence;
    observe(world.state, world.plan, {world.status("prep", JobState::running)}, later);
    EXPECT_THAT(observe_missing(world.state, world.plan, prep, true, later + milliseconds{1}), IsEmpty());
    EXPECT_EQ(world.state_of("prep"), JobState::running) << "it was seen a moment ago";
    EXPECT_THAT(observe_missing(world.state, world.plan, prep, true, later + k_silence), IsEmpty())
        << "LOST is not recorded";
    EXPECT_EQ(world.state_of("prep"), JobState::lost);
    EXPECT_EQ(world.element("prep").why, "neither squeue nor sacct knows it");

    RunState again = replay(world.plan, world.records);
    observe_missing(again, world.plan, prep, true, later);
    EXPECT_EQ(again.jobs[0].elements[0].status.state, JobState::lost) << "another process, its first look";
}

TEST(ObserveMissing, WhatWeCancelledIsCancelled) {
    World world(k_chain);
    world.submit_all();
    const JobKey prep{world.id("prep"), {}};
    world.say(JobCancelled{"prep", prep, "cancel"});
    EXPECT_EQ(observe_missing(world.state, world.plan, {prep}, false, world.now_s()).size(), 1U);
    EXPECT_EQ(world.state_of("prep"), JobState::cancelled);
}

TEST(ObserveMissing, AnElementThatWeCancelledUnstartedIsCancelledAtOnce) {
    World world("[task.t]\nrun = \"true\"\narray = \"0-2\"\n[task.u]\nrun = \"true\"\nafterok = [\"t\"]\n");
    world.submit_all();
    world.say(JobCancelled{"t", {world.id("t"), 1}, "cancel"});
    EXPECT_FALSE(world.element("t", 1).final) << "it may have been running";
    const std::vector<JobKey> both{{world.id("t"), 0}, {world.id("t"), 1}};
    const auto ended = observe_missing(world.state, world.plan, both, true, world.now_s());
    ASSERT_EQ(ended.size(), 1U);
    EXPECT_EQ(ended[0].status.key, both[1]);
    EXPECT_EQ(world.state_of("t", 1), JobState::cancelled);
    EXPECT_EQ(world.state_of("t", 0), JobState::pending);
    EXPECT_THAT(world.dead(), ElementsAre("u"));

    world.say(JobCancelled{"t", {world.id("t"), 2}, "cancel"});
    world.say(AttemptStarted{{world.id("t"), 2}, "t", 0, "n1"});
    const std::vector<JobKey> started{{world.id("t"), 2}};
    EXPECT_THAT(observe_missing(world.state, world.plan, started, true, world.now_s()), IsEmpty())
        << "accounting will tell how it ended";
}

}  // namespace
}  // namespace sbraid

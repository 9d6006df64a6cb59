// What the records of a run, and what Slurm says, make of its state.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run_state_fixture.hpp"

namespace sbraid {
namespace {

using testing::IsEmpty;

TEST(RunState, AJobIsUnsubmittedThenPendingThenWhatItsRecordsSay) {
    World world(k_chain);
    EXPECT_EQ(world.state_of("prep"), JobState::unsubmitted);
    world.submit_all();
    EXPECT_EQ(world.state_of("prep"), JobState::pending);
    EXPECT_EQ(world.state.jobs[0].submissions, 1U);
    EXPECT_TRUE(world.state.jobs[0].released);
    world.say(AttemptStarted{{world.id("prep"), {}}, "prep", 0, "n1"});
    EXPECT_EQ(world.state_of("prep"), JobState::running);
    EXPECT_EQ(world.element("prep").status.nodes, "n1");
    world.say(AttemptEnded{{world.id("prep"), {}}, "prep", 0, 3});
    EXPECT_EQ(world.state_of("prep"), JobState::failed);
    EXPECT_EQ(world.element("prep").status.exit_code, 3);
    EXPECT_FALSE(world.element("prep").final) << "Slurm has not said so";
    EXPECT_EQ(world.element("prep").attempts, 1U);
}

TEST(RunState, ARequeuedAttemptCountsAndClearsTheOneBefore) {
    World world(k_chain);
    world.submit_all();
    const JobKey key{world.id("prep"), {}};
    world.say(AttemptStarted{key, "prep", 0, "n1"});
    world.say(AttemptEnded{key, "prep", 0, 1});
    world.say(AttemptStarted{key, "prep", 2, "n2"});  // one attempt left no record
    EXPECT_EQ(world.element("prep").attempts, 3U);
    EXPECT_EQ(world.state_of("prep"), JobState::running);
    world.say(AttemptEnded{key, "prep", 1, 1});  // came late
    EXPECT_EQ(world.state_of("prep"), JobState::running);
    world.say(AttemptEnded{key, "prep", 2, 0});
    EXPECT_EQ(world.state_of("prep"), JobState::completed);
    EXPECT_EQ(world.element("prep").attempts, 3U);
}

TEST(RunState, AnAttemptThatIsFollowedByAnotherIsNotTheEnd) {
    World world(k_chain);
    world.submit_all();
    const JobKey key{world.id("prep"), {}};
    world.say(AttemptStarted{key, "prep", 0, "n1"});
    world.say(AttemptEnded{.key = key, .job = "prep", .restart = 0, .exit_code = 1, .again = true});
    EXPECT_EQ(world.state_of("prep"), JobState::requeued);
    EXPECT_EQ(world.element("prep").own_exit_code, std::nullopt);
    EXPECT_EQ(world.element("prep").status.exit_code, std::nullopt);
    EXPECT_EQ(world.now(), RunPhase::running);
    EXPECT_THAT(world.dead(), IsEmpty());
    // Nobody knows it: then it is lost, and has not failed.
    EXPECT_THAT(observe_missing(world.state, world.plan, {key}, false, world.now_s()), IsEmpty());
    EXPECT_THAT(observe_missing(world.state, world.plan, {key}, false, world.now_s() + k_silence), IsEmpty());
    EXPECT_EQ(world.state_of("prep"), JobState::lost);
}

TEST(RunState, WhyTheScriptItselfFailedIsThatOfTheLastAttempt) {
    World world(k_chain);
    world.submit_all();
    const JobKey key{world.id("prep"), {}};
    const auto ended = [&](std::uint32_t restart, int code, bool again, const char* why) {
        return AttemptEnded{
            .key = key, .job = "prep", .restart = restart, .exit_code = code, .again = again, .why = why};
    };
    const auto why = [&] { return world.element("prep").own_why; };
    world.say(ended(0, 1, true, "no output a"));
    EXPECT_EQ(why(), "") << "not the end";
    EXPECT_EQ(world.element("prep").again_after, 1);
    world.say(AttemptStarted{key, "prep", 1, "n1"});
    EXPECT_EQ(world.element("prep").again_after, std::nullopt);
    world.say(ended(1, 1, false, "no output b"));
    EXPECT_EQ(why(), "no output b");
    world.say(ended(0, 1, false, "no output a"));
    EXPECT_EQ(why(), "no output b") << "of an earlier one, late";
    world.slurm_says("prep", JobState::failed);
    EXPECT_EQ(why(), "no output b");
    world.say(AttemptStarted{key, "prep", 2, "n1"});
    EXPECT_EQ(why(), "");
}

TEST(RunState, AttemptsInOneAllocationCountBesideRestarts) {
    World world(k_chain);
    world.submit_all();
    const JobKey key{world.id("prep"), {}};
    const auto started = [&](std::uint32_t restart, std::uint32_t repeats) {
        return AttemptStarted{
            .key = key, .job = "prep", .restart = restart, .node = "n1", .repeats = repeats};
    };
    world.say(started(0, 0));
    world.say(AttemptEnded{.key = key, .job = "prep", .exit_code = 1, .again = true});
    world.say(started(0, 1));
    EXPECT_EQ(world.state_of("prep"), JobState::running);
    world.say(AttemptEnded{.key = key, .job = "prep", .exit_code = 1, .again = true});  // once more, late
    EXPECT_EQ(world.state_of("prep"), JobState::running);
    world.say(started(1, 1));  // a preemption
    EXPECT_EQ(world.element("prep").attempts, 2U);
    EXPECT_EQ(world.element("prep").repeats, 1U);
    world.say(AttemptEnded{.key = key, .job = "prep", .restart = 1, .exit_code = 0, .repeats = 1});
    EXPECT_EQ(world.state_of("prep"), JobState::completed);
    EXPECT_EQ(world.element("prep").own_exit_code, 0);
}

TEST(RunState, AJobThatIsHeldBehindARequeueHasNotEnded) {
    World world(k_chain);
    world.submit_all();
    for (const JobState state : {JobState::requeued, JobState::requeue_hold, JobState::special_exit}) {
        world.slurm_says("prep", state);
        EXPECT_EQ(world.state_of("prep"), state);
        EXPECT_FALSE(world.element("prep").final);
        EXPECT_EQ(world.now(), RunPhase::running);
    }
}

TEST(RunState, AttemptsAreCountedFromSlurmsRestartsToo) {
    World world(k_chain);
    world.submit_all();
    JobStatus status = world.status("prep", JobState::pending);
    status.restarts = 1;
    observe(world.state, world.plan, {status}, world.now_s());
    EXPECT_EQ(world.element("prep").attempts, 1U) << "the second has not begun";
    status = world.status("prep", JobState::running);
    status.restarts = 1;
    observe(world.state, world.plan, {status}, world.now_s());
    EXPECT_EQ(world.element("prep").attempts, 2U);
}

TEST(RunState, SlurmsLastWordIsFinal) {
    World world(k_chain);
    world.submit_all();
    EXPECT_THAT(observe(world.state, world.plan, {world.status("prep", JobState::running)}, world.now_s()),
                IsEmpty());
    const auto ended =
        observe(world.state, world.plan, {world.status("prep", JobState::out_of_memory)}, world.now_s());
    ASSERT_EQ(ended.size(), 1U);
    EXPECT_EQ(ended[0].job, "prep");
    EXPECT_EQ(ended[0].status.submit, at_s(1001)) << "what Slurm left out is kept";
    EXPECT_TRUE(world.element("prep").final);
    EXPECT_THAT(observe(world.state, world.plan, {world.status("prep", JobState::completed)}, world.now_s()),
                IsEmpty());
    EXPECT_EQ(world.state_of("prep"), JobState::out_of_memory);
}

TEST(RunState, AStateOfANewerSlurmIsNotTheEnd) {
    World world(k_chain);
    world.submit_all();
    world.slurm_says("prep", JobState::unknown);
    EXPECT_FALSE(world.element("prep").final);
}

TEST(RunState, ReplayGivesWhatWasAppliedStepByStep) {
    World world(k_chain);
    world.submit_all();
    world.say(AttemptStarted{{world.id("prep"), {}}, "prep", 0, "n1"});
    world.slurm_says("prep", JobState::completed);
    const RunState again = replay(world.plan, world.records);
    EXPECT_EQ(again.created_at, at_s(1000));
    EXPECT_TRUE(again.submitted);
    EXPECT_EQ(again.jobs[0].elements[0].status.state, JobState::completed);
    EXPECT_TRUE(again.jobs[0].elements[0].final);
    EXPECT_EQ(again.jobs[0].elements[0].attempts, 1U);
    EXPECT_EQ(again.jobs[1].elements[0].status.state, JobState::pending);
}

TEST(RunState, ReplayBearsAClockThatIsBehind) {
    World world(k_chain);
    world.submit_all();
    world.say(AttemptStarted{{world.id("prep"), {}}, "prep", 0, "n1"});
    world.say(RankStarted{{{world.id("prep"), {}}, "0", "n1", 0}, 0, 7});
    std::rotate(world.records.begin(), world.records.end() - 2, world.records.end());
    const RunState again = replay(world.plan, world.records);
    EXPECT_EQ(again.jobs[0].elements[0].status.state, JobState::running);
    EXPECT_EQ(again.ranks.size(), 1U);
}

TEST(RunState, EventsOfStrangersAreIgnored) {
    World world(k_chain);
    world.submit_all();
    world.say(JobSubmitted{"nobody", 1, JobId{7}, "", "", true, false});
    world.say(AttemptStarted{{JobId{7}, {}}, "prep", 0, "n1"});
    world.say(RankStarted{{{JobId{7}, {}}, "0", "n1", 0}, 0, 7});
    world.say(JobsReleased{{JobId{7}}});
    EXPECT_EQ(world.state_of("prep"), JobState::pending);
    EXPECT_THAT(world.state.ranks, IsEmpty());
    JobStatus stranger = world.status("prep", JobState::completed);
    stranger.key.job = JobId{7};
    EXPECT_THAT(observe(world.state, world.plan, {stranger}, world.now_s()), IsEmpty());
}

TEST(RunState, ANewSubmissionStartsAnew) {
    World world(k_chain);
    world.submit_all();
    world.slurm_says("prep", JobState::failed);
    world.submit("prep", 2, 501);
    EXPECT_EQ(world.state.jobs[0].submissions, 2U);
    EXPECT_EQ(world.state_of("prep"), JobState::pending);
    EXPECT_FALSE(world.element("prep").final);
    EXPECT_FALSE(world.state.submitted);
    world.submit("prep", 1, 101);  // repeated: an older one never counts again
    EXPECT_EQ(world.state.jobs[0].current->id, JobId{501});
    world.slurm_says("prep", JobState::cancelled);  // of the old id 101
    EXPECT_EQ(world.state_of("prep"), JobState::pending);
}

TEST(RunState, OfTwoJobsOfOneSubmissionTheFirstCountsUnlessItWasTheDuplicate) {
    World world(k_chain);
    world.submit("prep");
    world.submit("prep", 1, 501);
    EXPECT_EQ(world.state.jobs[0].current->id, JobId{101});
    world.say(JobCancelled{"prep", {JobId{501}, {}}, "duplicate"});
    EXPECT_FALSE(world.state.jobs[0].cancelled);
    world.say(JobCancelled{"prep", {JobId{101}, {}}, "duplicate"});
    world.submit("prep", 1, 501);
    EXPECT_EQ(world.state.jobs[0].current->id, JobId{501});
    EXPECT_FALSE(world.state.jobs[0].cancelled);
}

TEST(RunState, AnIdThatComesBackBelongsToTheLaterSubmission) {
    World world(k_chain);
    world.submit("prep");
    world.slurm_says("prep", JobState::completed);
    // slurmctld has lost its memory and begins with 101 again.
    world.submit("train", 1, 101);
    JobStatus running = world.status("prep", JobState::running);
    observe(world.state, world.plan, {running}, world.now_s());
    world.say(AttemptStarted{{JobId{101}, {}}, "train", 0, "n1"});
    for (const RunState& state : {world.state, replay(world.plan, world.records)}) {
        EXPECT_EQ(state.jobs[0].elements[0].status.state, JobState::completed);
        EXPECT_TRUE(state.jobs[0].elements[0].final);
        EXPECT_EQ(state.jobs[1].elements[0].status.state, JobState::running);
        EXPECT_FALSE(state.jobs[1].elements[0].final);
    }
}

TEST(RunState, WhoHasReadTheStateSpeaksAfterIt) {
    World world(k_chain);
    world.submit("prep");
    const RunState state = replay(world.plan, world.records);
    EXPECT_EQ(next_time(state, at_s(900)), at_s(1001) + std::chrono::milliseconds(1));
    EXPECT_EQ(next_time(state, at_s(2000)), at_s(2000));
}

TEST(RunState, APendingArrayIsOneStatusOfEachElement) {
    World world("[task.a]\nrun = \"true\"\narray = \"1-3\"\n");
    world.submit_all();
    world.slurm_says("a", JobState::running, 2);
    const auto ended =
        observe(world.state, world.plan, {world.status("a", JobState::cancelled)}, world.now_s());
    EXPECT_EQ(ended.size(), 3U);
    EXPECT_EQ(world.element("a", 2).status.key, (JobKey{world.id("a"), 3}));
}

TEST(RunState, RanksAreJoinedFromTheirStartAndEnd) {
    World world(k_chain);
    world.submit_all();
    const StepKey step{{world.id("prep"), {}}, "0", "n1", 0};
    world.say(RankStarted{step, 0, 70});
    world.say(RankStarted{step, 1, 71});
    world.say(RankEnded{step, 1, std::nullopt, 9, true, false});
    StepKey second = step;
    second.restart = 1;
    world.say(RankStarted{second, 1, 80});
    ASSERT_EQ(world.state.ranks.size(), 3U);
    EXPECT_EQ(world.state.ranks[1].ended->signal, 9);
    EXPECT_EQ(world.state.ranks[1].start, at_s(1007));
    EXPECT_FALSE(world.state.ranks[0].ended);
    EXPECT_FALSE(world.state.ranks[2].ended);
}

}  // namespace
}  // namespace sbraid

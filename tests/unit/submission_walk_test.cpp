#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "run_state_fixture.hpp"
#include "sbraid/action.hpp"

namespace sbraid {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// What the walk says of a run, as text: "submit b#1 held afterok:101". The second submission gets the ids
/// 201, 202...
class Simulated : public World {
  public:
    using World::World;

    [[nodiscard]] JobId id(std::string_view job, std::uint32_t number = 1) const {
        return JobId{100 * (number - 1) + World::id(job).value};
    }
    void submitted(std::string_view job, bool held = true, std::uint32_t number = 1) {
        say(JobSubmitted{.job = std::string{job},
                         .number = number,
                         .id = id(job, number),
                         .cluster = {},
                         .token = {},
                         .held = held});
    }
    void released(std::string_view job) { say(JobsReleased{{id(job)}}); }
    void ended(std::string_view job, JobState end, std::optional<std::uint32_t> element = {}) {
        say(ElementEnded{std::string{job}, status(job, end, element)});
    }
    void cancelled(std::string_view job, std::string why) {
        say(JobCancelled{std::string{job}, {id(job), std::nullopt}, std::move(why)});
    }

    [[nodiscard]] std::string text(const Action& action) const {
        if (const auto* skip = std::get_if<Skip>(&action))
            return "skip " + name(skip->job) + ": " + skip->why;
        if (const auto* stuck = std::get_if<Stuck>(&action))
            return "stuck " + name(stuck->job) + ": " + stuck->why;
        const auto& submit = std::get<Submit>(action);
        std::string line = fmt::format("submit {}#{}", name(submit.job), submit.how.number);
        if (submit.how.held) line += " held";
        const std::string edges = dependency(plan.jobs[submit.job.value], submit.how);
        return edges.empty() ? line : line + " " + edges;
    }

    /// Carries out whatever the walk says, level by level.
    std::vector<std::string> walk_to_the_end(OutsideJobs outside = {}) {
        SubmissionWalk walk(plan, state, std::move(outside));
        std::vector<std::string> lines;
        for (auto todo = walk.next(state); !todo.empty(); todo = walk.next(state)) {
            for (const Action& action : todo) {
                lines.push_back(text(action));
                if (const auto* submit = std::get_if<Submit>(&action)) {
                    submitted(name(submit->job), submit->how.held, submit->how.number);
                } else if (const auto* skip = std::get_if<Skip>(&action)) {
                    say(JobSkipped{name(skip->job), skip->why});
                }
            }
        }
        left = walk.left();
        return lines;
    }

    std::size_t left = 0;

  private:
    [[nodiscard]] std::string name(JobIndex job) const { return plan.jobs[job.value].name(); }
};

std::vector<std::string> texts(const Simulated& run, const std::vector<Action>& actions) {
    std::vector<std::string> lines;
    for (const Action& action : actions) lines.push_back(run.text(action));
    return lines;
}

constexpr const char* k_diamond = R"(
[task.top]
run = "true"
[task.left]
run = "true"
afterok = ["top"]
[task.right]
run = "true"
afterany = ["top"]
[task.bottom]
run = "true"
afterok = ["left"]
afternotok = ["right"]
)";

TEST(SubmissionWalk, SubmitsParentsFirstAndHoldsTheRoots) {
    Simulated run(k_diamond);
    EXPECT_THAT(run.walk_to_the_end(),
                ElementsAre("submit top#1 held", "submit left#1 afterok:101", "submit right#1 afterany:101",
                            "submit bottom#1 afterok:102,afternotok:103"));
    EXPECT_EQ(run.left, 0U);
    EXPECT_THAT(to_release(run.plan, run.state), ElementsAre(JobId{101}));
    run.released("top");
    EXPECT_THAT(to_release(run.plan, run.state), IsEmpty());
}

TEST(SubmissionWalk, GivesALevelAtATime) {
    Simulated run(k_diamond);
    SubmissionWalk walk(run.plan, run.state);
    EXPECT_THAT(texts(run, walk.next(run.state)), ElementsAre("submit top#1 held"));
    run.submitted("top");
    EXPECT_THAT(texts(run, walk.next(run.state)),
                ElementsAre("submit left#1 afterok:101", "submit right#1 afterany:101"));
    run.submitted("left", false);
    run.submitted("right", false);
    EXPECT_THAT(texts(run, walk.next(run.state)), ElementsAre("submit bottom#1 afterok:102,afternotok:103"));
    run.submitted("bottom", false);
    EXPECT_THAT(texts(run, walk.next(run.state)), IsEmpty());
    EXPECT_EQ(walk.left(), 0U);
}

TEST(SubmissionWalk, HandsOutAgainWhatDidNotGetIn) {
    Simulated run(k_diamond);
    SubmissionWalk walk(run.plan, run.state);
    EXPECT_THAT(texts(run, walk.next(run.state)), ElementsAre("submit top#1 held"));
    EXPECT_THAT(texts(run, walk.next(run.state)), ElementsAre("submit top#1 held"));
    run.submitted("top");
    EXPECT_EQ(walk.next(run.state).size(), 2U);
    run.submitted("right", false);
    EXPECT_THAT(texts(run, walk.next(run.state)), ElementsAre("submit left#1 afterok:101"));
}

TEST(SubmissionWalk, DoesNotGoBeyondARefusedJob) {
    Simulated run(k_diamond);
    run.submitted("top");
    {
        SubmissionWalk walk(run.plan, run.state);
        EXPECT_EQ(walk.next(run.state).size(), 2U);
        run.say(JobRefused{"left", 1, "invalid partition"});
        run.submitted("right", false);
        EXPECT_THAT(walk.next(run.state), IsEmpty());
        EXPECT_EQ(walk.left(), 2U);
    }
    // A later resume tries again, under the next number.
    EXPECT_THAT(run.walk_to_the_end(),
                ElementsAre("submit left#2 afterok:101", "submit bottom#1 afterok:202,afternotok:103"));
}

TEST(SubmissionWalk, ARunIsWholeWithoutANotifierThatWasRefused) {
    Simulated run("[notify]\nwebhook = \"https://h/x\"\n[task.a]\nrun = \"true\"\n");
    SubmissionWalk walk(run.plan, run.state);
    EXPECT_THAT(texts(run, walk.next(run.state)), ElementsAre("submit a#1 held"));
    run.submitted("a");
    EXPECT_THAT(texts(run, walk.next(run.state)), ElementsAre("submit notify#1 afterany:101"));
    run.say(JobRefused{"notify", 1, "invalid time limit"});
    EXPECT_THAT(walk.next(run.state), IsEmpty());
    EXPECT_EQ(walk.left(), 0U);
    EXPECT_EQ(phase(run.state, run.plan), RunPhase::partial) << "not released";
    run.released("a");
    EXPECT_EQ(phase(run.state, run.plan), RunPhase::running);
    EXPECT_THAT(run.walk_to_the_end(), IsEmpty()) << "submitted later, it would begin a second round";
}

TEST(SubmissionWalk, InResumeHoldsWhatStandsBehindRunningAndFinishedParents) {
    Simulated run(k_diamond);
    run.submitted("top");
    run.released("top");
    EXPECT_THAT(run.walk_to_the_end(),
                ElementsAre("submit left#1 held afterok:101", "submit right#1 held afterany:101",
                            "submit bottom#1 afterok:102,afternotok:103"));
    EXPECT_THAT(to_release(run.plan, run.state), ElementsAre(JobId{102}, JobId{103}));
}

TEST(SubmissionWalk, InResumeAHeldRootStillAnchorsItsChildren) {
    Simulated run(k_diamond);
    run.submitted("top");
    run.submitted("left", false);
    EXPECT_THAT(run.walk_to_the_end(),
                ElementsAre("submit right#1 afterany:101", "submit bottom#1 afterok:102,afternotok:103"));
}

TEST(SubmissionWalk, DropsEdgesToFinishedParents) {
    Simulated run(k_diamond);
    run.submitted("top");
    run.released("top");
    run.ended("top", JobState::completed);
    EXPECT_THAT(run.walk_to_the_end(), ElementsAre("submit left#1 held", "submit right#1 held",
                                                   "submit bottom#1 afterok:102,afternotok:103"));
}

TEST(SubmissionWalk, SkipsWhatCanNeverRun) {
    Simulated run(k_diamond);
    run.submitted("top");
    run.released("top");
    run.ended("top", JobState::failed);
    EXPECT_THAT(run.walk_to_the_end(), ElementsAre("skip left: parent 'top' failed", "submit right#1 held",
                                                   "skip bottom: parent 'left' was skipped"));
    EXPECT_EQ(run.left, 0U);
}

TEST(SubmissionWalk, ASkippedParentIsOneThatDidNotSucceed) {
    Simulated run(R"(
        [task.a]
        run = "false"
        [task.b]
        run = "true"
        afterok = ["a"]
        [task.alarm]
        run = "true"
        afternotok = ["b"]
        [task.always]
        run = "true"
        afterany = ["b"]
        [task.fine]
        run = "true"
        afternotok = ["always"])");
    run.submitted("a");
    run.released("a");
    run.ended("a", JobState::timeout);
    EXPECT_THAT(run.walk_to_the_end(),
                ElementsAre("skip b: parent 'a' ran into its time limit", "submit alarm#1 held",
                            "submit always#1 held", "submit fine#1 afternotok:104"));
}

TEST(SubmissionWalk, LeavesAloneWhatHasEndedHoweverItEnded) {
    Simulated run(k_diamond);
    for (const char* job : {"top", "left", "right", "bottom"}) run.submitted(job, false);
    run.ended("top", JobState::completed);
    run.ended("left", JobState::failed);
    run.cancelled("right", "cancel");
    EXPECT_THAT(run.walk_to_the_end(), IsEmpty());
    EXPECT_EQ(run.left, 0U);
}

TEST(SubmissionWalk, SubmitsARolledBackRunAnew) {
    Simulated run(k_diamond);
    for (const char* job : {"top", "left", "right"}) run.submitted(job, std::string_view{job} == "top");
    run.say(JobRefused{"bottom", 1, "no"});
    for (const char* job : {"right", "left", "top"}) run.cancelled(job, "rollback");
    EXPECT_THAT(run.walk_to_the_end(),
                ElementsAre("submit top#2 held", "submit left#2 afterok:201", "submit right#2 afterany:201",
                            "submit bottom#2 afterok:202,afternotok:203"));
}

TEST(SubmissionWalk, GoesOnWithARolledBackRunAfterACrashInBetween) {
    Simulated run(k_diamond);
    for (const char* job : {"top", "left", "right"}) run.submitted(job, std::string_view{job} == "top");
    for (const char* job : {"right", "left", "top"}) run.cancelled(job, "rollback");
    run.submitted("top", true, 2);
    EXPECT_THAT(run.walk_to_the_end(), ElementsAre("submit left#2 afterok:201", "submit right#2 afterany:201",
                                                   "submit bottom#1 afterok:202,afternotok:203"));
}

TEST(SubmissionWalk, FinishesARollbackThatDiedBeforeItsLastWord) {
    Simulated run(k_diamond);
    run.submitted("top");
    run.submitted("left", false);
    run.say(RollbackStarted{});
    run.cancelled("left", "rollback");
    run.ended("top", JobState::cancelled);  // scancel went through, our record did not
    EXPECT_THAT(run.walk_to_the_end(),
                ElementsAre("submit top#2 held", "submit left#2 afterok:201", "submit right#1 afterany:201",
                            "submit bottom#1 afterok:202,afternotok:103"));
}

TEST(SubmissionWalk, SubmitsAnewWhatARollbackCancelledBeforeItCouldSaySo) {
    Simulated run(k_diamond);
    for (const char* job : {"top", "left", "right"}) run.submitted(job, std::string_view{job} == "top");
    run.say(RollbackStarted{});
    run.ended("left", JobState::cancelled);
    run.ended("top", JobState::cancelled);
    run.cancelled("right", "dead-dependency");  // found by a refresh in between
    EXPECT_THAT(run.walk_to_the_end(),
                ElementsAre("submit top#2 held", "submit left#2 afterok:201", "submit right#2 afterany:201",
                            "submit bottom#1 afterok:202,afternotok:203"));
}

TEST(SubmissionWalk, WhatTheUserCancelledAfterARollbackStaysCancelled) {
    Simulated run(k_diamond);
    for (const char* job : {"top", "left", "right"}) run.submitted(job, std::string_view{job} == "top");
    run.say(RollbackStarted{});
    run.cancelled("left", "cancel");
    EXPECT_THAT(run.walk_to_the_end(), ElementsAre("skip bottom: parent 'left' was cancelled"));
}

constexpr const char* k_array = R"(
[task.shards]
run = "true"
array = "0-2"
[task.all]
run = "true"
afterok = ["shards"]
[task.one]
run = "true"
afterok = ["shards[1]"]
[task.alarm]
run = "true"
afternotok = ["shards"]
[task.start]
run = "true"
after = ["shards+5"]
)";

TEST(SubmissionWalk, JudgesAnArrayByItsElements) {
    Simulated run(k_array);
    run.submitted("shards");
    run.released("shards");
    run.ended("shards", JobState::completed, 1);
    EXPECT_THAT(run.walk_to_the_end(),
                ElementsAre("submit all#1 held afterok:101", "submit one#1 held",
                            "submit alarm#1 held afternotok:101", "submit start#1 held after:101+5"));
}

TEST(SubmissionWalk, OneFailedElementMakesAfterokOfTheArrayImpossible) {
    Simulated run(k_array);
    run.submitted("shards");
    run.released("shards");
    run.ended("shards", JobState::out_of_memory, 2);
    EXPECT_THAT(run.walk_to_the_end(),
                ElementsAre("skip all: parent 'shards' ran out of memory", "submit one#1 held afterok:101_1",
                            "submit alarm#1 held afternotok:101", "submit start#1 held after:101+5"));
}

TEST(SubmissionWalk, AllElementsDecideAfternotok) {
    Simulated run(k_array);
    run.submitted("shards");
    run.released("shards");
    for (const std::uint32_t element : {0U, 1U, 2U}) run.ended("shards", JobState::completed, element);
    EXPECT_THAT(run.walk_to_the_end(),
                ElementsAre("submit all#1 held", "submit one#1 held", "skip alarm: parent 'shards' succeeded",
                            "submit start#1 held"));
}

TEST(SubmissionWalk, IsStuckBehindALostParent) {
    Simulated run(k_diamond);
    run.submitted("top");
    run.released("top");
    run.ended("top", JobState::lost);
    EXPECT_THAT(
        run.walk_to_the_end(),
        ElementsAre("stuck left: parent 'top' is LOST: neither squeue nor sacct knows how it ended",
                    "stuck right: parent 'top' is LOST: neither squeue nor sacct knows how it ended"));
    EXPECT_EQ(run.left, 3U);
}

TEST(SubmissionWalk, JudgesJobsOutsideByWhatSlurmSays) {
    constexpr const char* k_outside =
        "[task.a]\nrun = \"true\"\nafterok = [\"job:77\"]\n[task.b]\nrun = \"true\"\nafterok = [\"a\"]\n";
    EXPECT_THAT(Simulated(k_outside).walk_to_the_end(),
                ElementsAre("submit a#1 held afterok:77", "submit b#1 afterok:101"));
    JobStatus status;
    status.key = {JobId{77}, std::nullopt};
    status.state = JobState::completed;
    EXPECT_THAT(Simulated(k_outside).walk_to_the_end({{JobId{77}, {status}}}),
                ElementsAre("submit a#1 held", "submit b#1 afterok:101"));
    status.state = JobState::node_fail;
    EXPECT_THAT(Simulated(k_outside).walk_to_the_end({{JobId{77}, {status}}}),
                ElementsAre("skip a: parent 'job:77' ended as NODE_FAIL", "skip b: parent 'a' was skipped"));
}

TEST(SubmissionWalk, NeverHoldsOrReleasesWhatTheUserHolds) {
    Simulated run("[task.a]\nrun = \"true\"\nhold = true\n[task.b]\nrun = \"true\"\nafterok = [\"a\"]\n");
    // The user may release his job at any time, so what stands behind it is held by us.
    EXPECT_THAT(run.walk_to_the_end(), ElementsAre("submit a#1", "submit b#1 held afterok:101"));
    EXPECT_THAT(to_release(run.plan, run.state), ElementsAre(JobId{102}));
}

TEST(Release, IsInOrderOfTheRemainingPath) {
    Simulated run(R"(
        [task.short]
        run = "true"
        [task.root]
        run = "true"
        [task.child]
        run = "true"
        afterok = ["root"])");
    std::ignore = run.walk_to_the_end();
    EXPECT_THAT(remaining_path(run.plan), ElementsAre(1, 2, 1));
    EXPECT_THAT(to_release(run.plan, run.state), ElementsAre(run.id("root"), run.id("short")));
}

TEST(Release, CountsTimeLimitsWhereEveryJobHasOne) {
    Simulated run(R"(
        [defaults]
        time = "10"
        [task.root]
        run = "true"
        [task.child]
        run = "true"
        afterok = ["root"]
        [task.long]
        run = "true"
        time = "1-00:00:00")");
    EXPECT_THAT(remaining_path(run.plan), ElementsAre(1200, 600, 86400));
}

TEST(SubmissionWalk, SendsEdgesOnlyToWhatIsSeenInTheQueue) {
    Simulated run(k_diamond);
    run.submitted("top");
    run.released("top");
    {
        const SeenAlive nothing;
        SubmissionWalk walk(run.plan, run.state, {}, &nothing);
        EXPECT_THAT(
            texts(run, walk.next(run.state)),
            ElementsAre(
                "stuck left: its parent 'top' (job 101) is not in the queue, and how it ended is not known",
                "stuck right: its parent 'top' (job 101) is not in the queue, and how it ended is not "
                "known"));
    }
    const SeenAlive top{{run.id("top"), std::nullopt}};
    SubmissionWalk walk(run.plan, run.state, {}, &top);
    EXPECT_THAT(texts(run, walk.next(run.state)),
                ElementsAre("submit left#1 held afterok:101", "submit right#1 held afterany:101"));
}

TEST(SubmissionWalk, OfAnArrayWhatHasNotEndedMustBeSeen) {
    Simulated run(
        "[task.shards]\nrun = \"true\"\narray = \"0-2\"\n[task.all]\nrun = \"true\"\nafterok = [\"shards\"]\n"
        "[task.one]\nrun = \"true\"\nafterok = [\"shards[1]\"]\n");
    run.submitted("shards");
    run.released("shards");
    run.ended("shards", JobState::completed, 0);
    SeenAlive seen{{run.id("shards"), 1U}};
    {
        SubmissionWalk walk(run.plan, run.state, {}, &seen);
        EXPECT_THAT(
            texts(run, walk.next(run.state)),
            ElementsAre(
                "stuck all: its parent 'shards' (job 101) is not in the queue, and how it ended is not known",
                "submit one#1 held afterok:101_1"));
    }
    seen.insert({run.id("shards"), 2U});
    SubmissionWalk walk(run.plan, run.state, {}, &seen);
    EXPECT_THAT(texts(run, walk.next(run.state)),
                ElementsAre("submit all#1 held afterok:101", "submit one#1 held afterok:101_1"));
}

TEST(SubmissionWalk, AHeldJobThatIsNotThereHoldsNothingBack) {
    Simulated run(
        "[task.a]\nrun = \"true\"\n[task.b]\nrun = \"true\"\nafterok = [\"a\"]\n[task.c]\nrun = "
        "\"true\"\nafterok = [\"b\"]\n");
    run.submitted("a");
    run.submitted("b", false);
    const SeenAlive only_b{{run.id("b"), std::nullopt}};
    SubmissionWalk walk(run.plan, run.state, {}, &only_b);
    EXPECT_THAT(texts(run, walk.next(run.state)), ElementsAre("submit c#1 held afterok:102"));
}

TEST(SubmissionWalk, WhatRunsIsOpenAlsoWhenWeHaveCancelledIt) {
    Simulated run(k_diamond);
    run.submitted("top");
    run.say(AttemptStarted{.key = {run.id("top"), std::nullopt}, .job = "top", .restart = 0, .node = "n1"});
    run.cancelled("top", "cancel");
    EXPECT_THAT(run.walk_to_the_end(),
                ElementsAre("submit left#1 held afterok:101", "submit right#1 held afterany:101",
                            "submit bottom#1 afterok:102,afternotok:103"));
}

TEST(CancelAll, PutsWhatAParentsEndCanStartIntoAnEarlierRound) {
    Simulated run(R"(
        [task.a]
        run = "true"
        [task.b]
        run = "true"
        afterok = ["a"]
        [task.alarm]
        run = "true"
        afternotok = ["b"]
        [task.fine]
        run = "true"
        afterany = ["alarm"])");
    for (const char* job : {"a", "b", "alarm", "fine"}) run.submitted(job, false);
    std::vector<std::string> order;
    for (const Cancel& cancel : cancel_all(run.plan, run.state, "cancel"))
        order.push_back(fmt::format("{} {}", cancel.round, run.plan.jobs[cancel.job.value].name()));
    EXPECT_THAT(order, ElementsAre("0 fine", "1 alarm", "2 b", "2 a"));
}

TEST(CancelAll, TakesChildrenBeforeParentsAndOnlyWhatIsInTheQueue) {
    Simulated run(k_diamond);
    for (const char* job : {"top", "left", "right"}) run.submitted(job, false);
    run.ended("right", JobState::completed);
    std::vector<std::uint32_t> ids;
    for (const Cancel& cancel : cancel_all(run.plan, run.state, "rollback")) {
        EXPECT_EQ(cancel.why, "rollback");
        EXPECT_EQ(cancel.key.element, std::nullopt);
        ids.push_back(cancel.key.job.value);
    }
    EXPECT_THAT(ids, ElementsAre(102, 101));
}

TEST(SubmissionWalk, TakesOneEdgeAtATimeThroughAChainOfTenThousand) {
    SubmissionPlan plan;
    for (std::uint32_t i = 0; i < 10'000; ++i) {
        PlannedJob job;
        job.task = fmt::format("t{}", i);
        if (i > 0) job.edges.push_back({.kind = EdgeKind::afterok, .parent = JobIndex{i - 1}, .element = {}});
        plan.jobs.push_back(std::move(job));
    }
    RunState state = replay(plan, {});
    SubmissionWalk walk(plan, state);
    std::size_t calls = 0;
    for (auto todo = walk.next(state); !todo.empty(); todo = walk.next(state)) {
        ASSERT_EQ(todo.size(), 1U);
        const auto& submit = std::get<Submit>(todo.front());
        ++calls;
        apply(state, plan,
              {"w", calls, Timestamp{},
               JobSubmitted{.job = plan.jobs[submit.job.value].name(),
                            .number = submit.how.number,
                            .id = JobId{submit.job.value + 1},
                            .cluster = {},
                            .token = {},
                            .held = submit.how.held}});
    }
    EXPECT_EQ(calls, 10'000U);
    EXPECT_EQ(walk.left(), 0U);
}

}  // namespace
}  // namespace sbraid

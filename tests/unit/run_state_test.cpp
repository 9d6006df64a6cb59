#include "sbraid/run_state.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "sbraid/diagnostic.hpp"
#include "sbraid/document.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

Timestamp at_s(std::int64_t seconds) {
    return Timestamp{std::chrono::seconds{seconds}};
}

SubmissionPlan plan_of(const std::string& toml) {
    Sources sources;
    const auto file = sources.add("flow.toml", "name = \"flow\"\n" + toml);
    const auto document = parse(sources, file);
    if (!document) throw std::runtime_error(render(sources, document.error().front()));
    const WorkflowContext context{.directory = "/w", .vars = {}, .files = {}};
    const Validated validated = validate(sources, *document, context);
    if (!validated.workflow) throw std::runtime_error(render(sources, validated.diagnostics.front()));
    return plan(*validated.workflow, {.run = "flow-20260101T000000-0a0b0c",
                                      .file = "/w/flow.toml",
                                      .run_dir = "/w/.sbraid/flow",
                                      .submitter = {},
                                      .sbatch_environment = {}});
}

/// A run whose jobs get the ids 101, 102... in the order of the plan.
class World {
  public:
    explicit World(const std::string& toml) : plan(plan_of(toml)) {
        say(RunCreated{plan.run, "flow", "ada", "h", "0"});
    }

    void say(Event event) {
        records.push_back({"w", records.size() + 1, at_s(static_cast<std::int64_t>(1000 + records.size())),
                           std::move(event)});
        apply(state, plan, records.back());
    }
    /// The time of the next record.
    [[nodiscard]] Timestamp now_s() const { return at_s(static_cast<std::int64_t>(1000 + records.size())); }
    void submit(const std::string& job, std::uint32_t number = 1, std::uint32_t id = 0) {
        say(JobSubmitted{job, number, id == 0 ? this->id(job) : JobId{id}, "", "", true, false});
    }
    void submit_all() {
        std::vector<JobId> ids;
        for (const PlannedJob& job : plan.jobs) {
            submit(job.name());
            ids.push_back(id(job.name()));
        }
        say(JobsReleased{ids});
        say(RunSubmitted{});
    }
    [[nodiscard]] JobId id(const std::string& job) const { return JobId{101 + index(job)}; }
    [[nodiscard]] std::uint32_t index(const std::string& job) const { return plan.find(job).value().value; }

    [[nodiscard]] JobStatus status(const std::string& job, JobState job_state,
                                   std::optional<std::uint32_t> element = std::nullopt) const {
        JobStatus result;
        result.key = {id(job), element};
        result.state = job_state;
        result.raw_state = to_string(job_state);
        if (job_state != JobState::pending && job_state != JobState::cancelled) result.nodes = "n1";
        return result;
    }
    void slurm_says(const std::string& job, JobState job_state,
                    std::optional<std::uint32_t> element = std::nullopt) {
        for (ElementEnded& event : observe(state, plan, {status(job, job_state, element)}, now_s()))
            say(std::move(event));
    }
    ElementState& element(const std::string& job, std::size_t i = 0) {
        return state.jobs.at(index(job)).elements.at(i);
    }
    JobState state_of(const std::string& job, std::size_t i = 0) { return element(job, i).status.state; }

    std::vector<std::string> dead() {
        std::vector<std::string> names;
        for (const Dead& one : find_dead_keys(state, plan)) {
            std::string name = plan.jobs[one.job.value].name();
            if (one.key.element) name += "[" + std::to_string(*one.key.element) + "]";
            names.push_back(std::move(name));
        }
        return names;
    }
    RunPhase now(bool being_submitted = false) { return phase(state, plan, being_submitted); }

    SubmissionPlan plan;
    std::vector<Record> records;
    RunState state;
};

const char* const k_chain = R"(
[task.prep]
run = "true"
[task.train]
run = "true"
afterok = ["prep"]
[task.alarm]
run = "true"
afternotok = ["train"]
)";

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

// Dead dependents
// ------------------------------------------------------------------------------------------------

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

// What nobody knows any more
// ------------------------------------------------------------------------------------------------

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

// The phase
// ------------------------------------------------------------------------------------------------

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

}  // namespace
}  // namespace sbraid

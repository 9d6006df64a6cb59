#include <gmock/gmock.h>

#include "run_state_fixture.hpp"
#include "sbraid/action.hpp"
#include "sbraid/batch_script.hpp"
#include "sbraid/resume_choice.hpp"

namespace sbraid {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view k_arrays = R"(
[task.train]
run = "true"
array = "0-3%2"
[task.eval]
run = "true"
aftercorr = ["train"]
[task.sum]
run = "true"
afterok = ["eval", "train[0]"]
)";

/// train[2] failed, so eval[2] and sum are skipped.
World failed_arrays() {
    World world(k_arrays);
    world.submit_all();
    for (const std::uint32_t i : {0U, 1U, 3U}) world.slurm_says("train", JobState::completed, i);
    for (const std::uint32_t i : {0U, 1U, 3U}) world.slurm_says("eval", JobState::completed, i);
    world.slurm_says("train", JobState::failed, 2);
    world.slurm_says("eval", JobState::cancelled, 2);
    world.slurm_says("sum", JobState::cancelled);
    world.state = replay(world.plan, world.records);
    return world;
}

/// The world with the next revision of its plan, as a new process would read it.
void revise_for(World& world, Anew which, const std::vector<NamedJob>& named = {}) {
    world.plan = revise(world.plan, world.state, choose_again(world.plan, world.state, which, named).value());
    world.records.push_back({"w", world.records.size() + 1, world.now_s(), PlanRevised{world.plan.revision}});
    world.state = replay(world.plan, world.records);
}

TEST(Resubmission, WhatIsAskedForIsUnsubmittedAndTheRestStays) {
    World world = failed_arrays();
    EXPECT_EQ(world.now(), RunPhase::failed);
    revise_for(world, Anew::unsuccessful);
    EXPECT_EQ(world.now(), RunPhase::partial);
    EXPECT_EQ(world.state.round, 2U);
    EXPECT_EQ(world.state_of("train", 2), JobState::unsubmitted);
    EXPECT_EQ(world.state_of("train", 3), JobState::completed);
    EXPECT_EQ(world.state_of("eval", 2), JobState::unsubmitted);
    EXPECT_EQ(world.state_of("eval", 1), JobState::completed);
    EXPECT_EQ(world.state_of("sum"), JobState::unsubmitted);
}

TEST(Resubmission, ThePlanIsTheIntentAlsoWithoutItsRecord) {
    World world = failed_arrays();
    revise_for(world, Anew::unsuccessful);
    world.records.pop_back();
    world.state = replay(world.plan, world.records);
    EXPECT_EQ(world.state_of("train", 2), JobState::unsubmitted);
    EXPECT_EQ(world.now(), RunPhase::partial);
}

TEST(Resubmission, TheWalkSubmitsTheElementsWithTheEdgesThatAreLeft) {
    World world = failed_arrays();
    revise_for(world, Anew::unsuccessful);
    SubmissionWalk walk(world.plan, world.state);
    auto todo = walk.next(world.state);
    ASSERT_EQ(todo.size(), 1U);
    const auto& train = std::get<Submit>(todo.front());
    EXPECT_EQ(train.how.number, 2U);
    EXPECT_TRUE(train.how.held);
    EXPECT_THAT(sbatch_arguments(world.plan, job_of(world.plan, "train"), train.how),
                testing::Contains("--array=2%2"));
    world.submit("train", 2, 501);
    EXPECT_EQ(world.element("train", 2).status.key, (JobKey{JobId{501}, 2U}));
    EXPECT_EQ(world.element("train", 1).status.key, (JobKey{JobId{101}, 1U}));

    todo = walk.next(world.state);
    ASSERT_EQ(todo.size(), 1U);
    const auto& eval = std::get<Submit>(todo.front());
    EXPECT_EQ(dependency(job_of(world.plan, "eval"), eval.how), "aftercorr:501");
    EXPECT_EQ(to_string(eval.how.elements.value()), "2");
    world.submit("eval", 2, 502);

    todo = walk.next(world.state);
    ASSERT_EQ(todo.size(), 1U);
    EXPECT_EQ(dependency(job_of(world.plan, "sum"), std::get<Submit>(todo.front()).how), "afterok:502")
        << "train[0] has ended well";
    world.submit("sum", 2, 503);
    EXPECT_TRUE(walk.next(world.state).empty());
    EXPECT_EQ(walk.left(), 0U);
}

TEST(Resubmission, WhatComesOfTheNewJobsCompletesTheOldOnes) {
    World world = failed_arrays();
    revise_for(world, Anew::unsuccessful);
    for (const auto& [job, id] : {std::pair{"train", 501U}, {"eval", 502U}, {"sum", 503U}})
        world.submit(job, 2, id);
    world.say(JobsReleased{{JobId{501}}});
    world.say(RunSubmitted{});
    EXPECT_EQ(world.now(), RunPhase::running);
    const auto ended = [&](std::uint32_t id, std::optional<std::uint32_t> element) {
        JobStatus status;
        status.key = {JobId{id}, element};
        status.state = JobState::completed;
        status.nodes = "n1";
        for (ElementEnded& event : observe(world.state, world.plan, {status}, world.now_s()))
            world.say(std::move(event));
    };
    ended(501, 2);
    ended(502, 2);
    ended(503, {});
    EXPECT_EQ(world.now(), RunPhase::succeeded);
    world.state = replay(world.plan, world.records);
    EXPECT_EQ(world.now(), RunPhase::succeeded) << "as a new process reads it";
    EXPECT_EQ(world.element("train", 0).status.key.job, JobId{101});
}

TEST(Resubmission, AWordOnTheOldJobIsNoneOnTheNew) {
    World world = failed_arrays();
    revise_for(world, Anew::unsuccessful);
    world.submit("train", 2, 501);
    JobStatus old = world.status("train", JobState::failed, 2);
    EXPECT_TRUE(observe(world.state, world.plan, {old}, world.now_s()).empty());
    EXPECT_EQ(world.state_of("train", 2), JobState::pending);
    world.say(JobCancelled{"train", {JobId{101}, {}}, "superseded"});
    EXPECT_FALSE(world.state.jobs.at(world.index("train")).cancelled);
}

TEST(Resubmission, ASubmissionFromBeforeCountsNoLonger) {
    World world = failed_arrays();
    revise_for(world, Anew::unsuccessful);
    world.submit("train", 1, 77);
    EXPECT_FALSE(world.state.jobs.at(world.index("train")).current);
}

TEST(Resubmission, WhatBecomesImpossibleThenIsSkippedForGood) {
    World world(k_chain);
    world.submit_all();
    world.slurm_says("prep", JobState::completed);
    world.slurm_says("train", JobState::failed);
    world.slurm_says("alarm", JobState::completed);
    revise_for(world, Anew::unsuccessful);
    world.submit("train", 2, 501);
    world.say(JobSkipped{"alarm", "parent 'train' succeeded"});
    world.state = replay(world.plan, world.records);
    EXPECT_EQ(world.state_of("alarm"), JobState::skipped);
}

TEST(Resubmission, WhatWasNeverSubmittedCanBeAskedFor) {
    World world(k_chain);
    for (const char* job : {"prep", "train"}) world.submit(job);
    world.say(JobSkipped{"alarm", "parent 'train' succeeded"});
    world.say(RunSubmitted{});
    world.slurm_says("prep", JobState::completed);
    world.slurm_says("train", JobState::completed);
    EXPECT_EQ(world.now(), RunPhase::succeeded);
    revise_for(world, Anew::only, tasks_named(world.plan, "alarm").value());
    SubmissionWalk walk(world.plan, world.state);
    const auto todo = walk.next(world.state);
    ASSERT_EQ(todo.size(), 1U);
    EXPECT_EQ(dependency(job_of(world.plan, "alarm"), std::get<Submit>(todo.front()).how), "");
    world.submit("alarm", 1, 501);
    EXPECT_TRUE(world.dead().empty()) << "the edge is waived";
}

TEST(Resubmission, AChoiceAfterACrashKeepsWhatTheLastOneLeft) {
    World world = failed_arrays();
    revise_for(world, Anew::only, tasks_named(world.plan, "train[2]").value());
    revise_for(world, Anew::only, tasks_named(world.plan, "train[0]").value());
    EXPECT_EQ(to_string(job_of(world.plan, "train").again.back().elements.value()), "0,2%2");
    EXPECT_EQ(world.state_of("train", 1), JobState::completed);
}

TEST(Resubmission, TheJobOfSomeElementsLooksLikeTheWhole) {
    World world = failed_arrays();
    EXPECT_THAT(batch_script(world.plan, job_of(world.plan, "train")),
                testing::Not(HasSubstr("SLURM_ARRAY_TASK_COUNT")));
    revise_for(world, Anew::unsuccessful);
    EXPECT_THAT(batch_script(world.plan, job_of(world.plan, "train")),
                HasSubstr("export SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=3 SLURM_ARRAY_TASK_COUNT=4\n"));
}

TEST(Resubmission, IsReadBackFromTheFrozenPlan) {
    World world = failed_arrays();
    revise_for(world, Anew::only, tasks_named(world.plan, "eval[2]").value());
    world.plan.vars = {{"lr", "1e-4"}};
    world.plan.left_out = {"done"};
    world.plan.text_revision = 2;
    const auto read = plan_from_json(to_json(world.plan)).value();
    EXPECT_EQ(read.revision, 2U);
    EXPECT_EQ(read.text_revision, 2U);
    EXPECT_EQ(read.vars, world.plan.vars);
    EXPECT_THAT(read.left_out, ElementsAre("done"));
    EXPECT_EQ(job_of(read, "eval").again, job_of(world.plan, "eval").again);
    EXPECT_EQ(job_of(read, "eval").edges, job_of(world.plan, "eval").edges);
    EXPECT_TRUE(job_of(read, "eval").edges.front().waived);
}

}  // namespace
}  // namespace sbraid

#include "sbraid/edited_plan.hpp"

#include <gmock/gmock.h>

#include "run_state_fixture.hpp"

namespace sbraid {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

SubmissionPlan edited(std::string_view toml) {
    return plan_of("name = \"flow\"\n" + std::string{toml});
}

constexpr std::string_view k_before = R"(
[task.prep]
run = "true"
[task.train]
run = "train"
afterok = ["prep"]
time = 60
[task.eval]
run = "true"
afterok = ["train"]
)";
constexpr std::string_view k_after = R"(
[task.prep]
run = "true"
[task.plot]
run = "true"
afterok = ["prep"]
[task.train]
run = "train --fast"
afterok = ["prep"]
time = 120
mem = "1G"
)";

TEST(PlanDifference, IsToldByTasksAndKeys) {
    const auto change = difference(edited(k_before), edited(k_after));
    EXPECT_THAT(change.changed, ElementsAre(TaskChange{"train", {"mem", "run", "time"}}));
    EXPECT_THAT(in_lines(change), ElementsAre("train: mem, run, time", "added: plot", "removed: eval"));
    EXPECT_TRUE(difference(edited(k_before), edited("\n# a comment\n" + std::string{k_before})).empty());
}

TEST(PlanDifference, NamesEdgesArraysAndAttempts) {
    const auto change = difference(edited(R"(
[task.a]
run = "true"
[task.b]
run = "true"
array = "0-3"
afterok = ["a"]
retry = 1
)"),
                                   edited(R"(
[task.a]
run = "true"
[task.b]
run = "true"
array = "0-4"
afterany = ["a"]
retry = 2
)"));
    ASSERT_EQ(change.changed.size(), 1U);
    EXPECT_THAT(change.changed.front().keys,
                testing::IsSupersetOf({"afterany", "afterok", "array", "retry"}));
}

/// prep succeeded, train failed, eval is skipped.
World failed() {
    World world(k_before);
    world.submit_all();
    world.slurm_says("prep", JobState::completed);
    world.slurm_says("train", JobState::failed);
    world.slurm_says("eval", JobState::cancelled);
    world.state = replay(world.plan, world.records);
    return world;
}

struct Taken {
    EditedPlan edited;
    RunState state;
    ResumeChoice choice;
    std::vector<std::string> refused;
};
Taken take(const World& world, std::string_view toml, Anew which = Anew::unsuccessful,
           const char* name = nullptr) {
    const auto after = edited(toml);
    Taken taken{
        .edited = take_edits(world.plan, world.state, after), .state = {}, .choice = {}, .refused = {}};
    const auto& plan = taken.edited.plan;
    taken.state = replay(plan, world.records);
    carry_over(world.plan, world.state, plan, taken.state);
    taken.choice = choose_again(plan, taken.state, which,
                                name == nullptr ? std::vector<NamedJob>{} : tasks_named(plan, name).value(),
                                taken.edited.renewed)
                       .value();
    taken.refused = refused_edits(difference(world.plan, after), taken.edited, taken.state, taken.choice,
                                  world.plan, world.state);
    return taken;
}

TEST(EditedPlan, WhatFailedTakesItsEditsAndWhatIsNewIsMissing) {
    const World world = failed();
    const auto taken = take(world, k_after);
    EXPECT_THAT(taken.refused, IsEmpty());
    const auto& plan = taken.edited.plan;
    EXPECT_TRUE(taken.choice.again.contains(index_of(plan, "train").value));
    EXPECT_FALSE(taken.choice.again.contains(index_of(plan, "prep").value));
    EXPECT_EQ(taken.state.jobs.at(index_of(plan, "prep").value).elements.front().status.state,
              JobState::completed);
    EXPECT_FALSE(taken.state.jobs.at(index_of(plan, "plot").value).current);
    const auto next = revise(plan, taken.state, taken.choice);
    EXPECT_EQ(job_of(next, "train").again.front().number, 2U);
    EXPECT_THROW((void)index_of(next, "eval"), std::out_of_range) << "it had never run";
}

TEST(EditedPlan, WhatEndedWellIsChangedOnlyByName) {
    const World world = failed();
    const std::string toml =
        "[task.prep]\nrun = \"false\"\n" + std::string{k_before.substr(k_before.find("[task.train]"))};
    EXPECT_THAT(take(world, toml).refused, ElementsAre("task 'prep' has ended well, and is changed (run)"));
    EXPECT_THAT(take(world, toml, Anew::from, "prep").refused, IsEmpty());
}

TEST(EditedPlan, WhatIsInTheQueueIsNeitherChangedNorRemoved) {
    World world(k_before);
    world.submit_all();
    world.slurm_says("prep", JobState::running);
    EXPECT_THAT(take(world, k_after).refused,
                ElementsAre("task 'train' is in the queue, and is changed (mem, run, time)",
                            "task 'eval' is in the queue, and is removed"));
    world.slurm_says("train", JobState::running);
    const auto taken = take(world, k_before);
    EXPECT_EQ(taken.state.jobs.at(world.index("train")).elements.front().status.state, JobState::running)
        << "what Slurm said is carried over";
}

TEST(EditedPlan, WhatEndedWellAndIsRemovedStaysInTheRun) {
    const World world = failed();
    const auto taken = take(world, "[task.train]\nrun = \"train\"\ntime = 60\n");
    EXPECT_THAT(taken.refused, IsEmpty());
    EXPECT_EQ(index_of(taken.edited.plan, "prep").value, 0U);
    EXPECT_EQ(taken.state.jobs.front().elements.front().status.state, JobState::completed);
}

TEST(EditedPlan, AnArrayOfOtherElementsIsSubmittedWhole) {
    World world("[task.a]\nrun = \"true\"\narray = \"0-1\"\n[task.b]\nrun = \"true\"\nafterok = [\"a\"]\n");
    world.submit_all();
    world.slurm_says("a", JobState::completed, 0);
    world.slurm_says("a", JobState::failed, 1);
    world.slurm_says("b", JobState::cancelled);
    world.state = replay(world.plan, world.records);
    const auto taken = take(
        world, "[task.a]\nrun = \"true\"\narray = \"0-2\"\n[task.b]\nrun = \"true\"\nafterok = [\"a\"]\n");
    EXPECT_THAT(taken.refused, IsEmpty());
    const auto& again = taken.choice.again;
    ASSERT_EQ(again.size(), 2U);
    EXPECT_TRUE(again.begin()->second.share.is_whole);
}

}  // namespace
}  // namespace sbraid

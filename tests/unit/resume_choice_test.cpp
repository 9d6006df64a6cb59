#include "sbraid/resume_choice.hpp"

#include <gmock/gmock.h>

#include "run_state_fixture.hpp"
#include "sbraid/resume_view.hpp"

namespace sbraid {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// `submit train[3] (exit code 1)`, one a row.
std::vector<std::string> rows(const World& world, const ResumeChoice& choice) {
    std::vector<std::string> lines;
    for (const ResumeRow& row : resume_rows(world.plan, world.state, choice))
        lines.push_back(std::string{to_string(row.action)} + " " + shown_elements(row) + " (" + row.why +
                        ")");
    return lines;
}
std::vector<std::string> rows(const World& world, Anew which, const std::vector<std::string>& names = {}) {
    std::vector<NamedJob> named;
    for (const auto& name : names) {
        auto found = tasks_named(world.plan, name).value();
        named.insert(named.end(), found.begin(), found.end());
    }
    const auto choice = choose_again(world.plan, world.state, which, named);
    return choice ? rows(world, *choice) : std::vector<std::string>{choice.error().message};
}

constexpr std::string_view k_pipeline = R"(
[task.prep]
run = "true"
[task.train]
run = "true"
afterok = ["prep"]
[task.eval]
run = "true"
afterok = ["train"]
[task.other]
run = "true"
[final.report]
run = "true"
)";

/// prep succeeded, train failed, so eval is skipped; other and the report succeeded.
World failed_pipeline(JobState how = JobState::failed) {
    World world(k_pipeline);
    world.submit_all();
    world.slurm_says("prep", JobState::completed);
    world.slurm_says("train", how);
    world.slurm_says("eval", JobState::cancelled);
    world.slurm_says("other", JobState::completed);
    world.slurm_says("report", JobState::completed);
    world.state = replay(world.plan, world.records);
    return world;
}

TEST(ResumeChoice, TakesWhatFailedAndAllBelowAlsoWhatSucceeded) {
    const World world = failed_pipeline();
    EXPECT_THAT(rows(world, Anew::unsuccessful),
                ElementsAre("submit train (failed)", "submit eval (waits for 'train')",
                            "submit report (waits for 'train')"));
    EXPECT_EQ(rows(world, Anew::failed), rows(world, Anew::unsuccessful));
}

TEST(ResumeChoice, WhatWasCancelledIsNotWhatFailed) {
    const World world = failed_pipeline(JobState::cancelled);
    EXPECT_THAT(rows(world, Anew::unsuccessful),
                ElementsAre("submit train (cancelled)", "submit eval (waits for 'train')",
                            "submit report (waits for 'train')"));
    EXPECT_THAT(rows(world, Anew::failed), IsEmpty());
}

TEST(ResumeChoice, FromTakesWhatSucceededToo) {
    EXPECT_THAT(rows(failed_pipeline(), Anew::from, {"prep"}),
                ElementsAre("submit prep (named)", "submit train (waits for 'prep')",
                            "submit eval (waits for 'train')", "submit report (waits for 'prep')"));
}

TEST(ResumeChoice, OnlyTakesNothingBelow) {
    EXPECT_THAT(rows(failed_pipeline(), Anew::only, {"train", "other"}),
                ElementsAre("submit train (named)", "submit other (named)"));
}

TEST(ResumeChoice, OnlyGoesWithoutItsParentsAndFromWithThoseThatAreNew) {
    const World world = failed_pipeline();
    const auto revised = [&](Anew which, std::initializer_list<const char*> names) {
        std::vector<NamedJob> named;
        for (const char* name : names) named.push_back(tasks_named(world.plan, name).value().front());
        return revise(world.plan, world.state, choose_again(world.plan, world.state, which, named).value());
    };
    const auto only = revised(Anew::only, {"eval"});
    EXPECT_EQ(only.revision, 2U);
    EXPECT_TRUE(job_of(only, "eval").edges.front().waived) << "train has failed, and eval was named";
    EXPECT_EQ(job_of(only, "eval").again, (std::vector<Resubmission>{{2, 2, std::nullopt}}));
    EXPECT_THAT(job_of(only, "train").again, IsEmpty());
    const auto both = revised(Anew::only, {"train", "eval"});
    EXPECT_FALSE(job_of(both, "eval").edges.front().waived) << "it waits for the new train";
    const auto from = revised(Anew::from, {"train"});
    EXPECT_TRUE(job_of(from, "train").edges.front().waived);
    EXPECT_FALSE(job_of(from, "eval").edges.front().waived);
}

constexpr std::string_view k_arrays = R"(
[task.train]
run = "true"
array = "0-3%2"
[task.eval]
run = "true"
aftercorr = ["train"]
[task.sum]
run = "true"
afterany = ["eval"]
)";

World failed_arrays() {
    World world(k_arrays);
    world.submit_all();
    for (const std::uint32_t i : {0U, 1U, 3U}) world.slurm_says("train", JobState::completed, i);
    for (const std::uint32_t i : {0U, 3U}) world.slurm_says("eval", JobState::completed, i);
    world.slurm_says("train", JobState::failed, 2);
    world.slurm_says("eval", JobState::cancelled, 2);
    world.slurm_says("eval", JobState::timeout, 1);
    world.slurm_says("sum", JobState::completed);
    world.state = replay(world.plan, world.records);
    return world;
}

TEST(ResumeChoice, OfAnArrayOnlyTheElementsThatDidNotSucceed) {
    const World world = failed_arrays();
    EXPECT_THAT(rows(world, Anew::unsuccessful),
                ElementsAre("submit train[2] (failed)", "submit eval[1], eval[2] (reached its time limit)",
                            "submit sum (waits for 'eval')"));
    const auto next =
        revise(world.plan, world.state, choose_again(world.plan, world.state, Anew::unsuccessful).value());
    EXPECT_EQ(to_string(job_of(next, "train").again.front().elements.value()), "2%2");
    EXPECT_EQ(to_string(job_of(next, "eval").again.front().elements.value()), "1-2");
    EXPECT_FALSE(job_of(next, "sum").again.front().elements);
}

TEST(ResumeChoice, ElementsCanBeNamed) {
    EXPECT_THAT(rows(failed_arrays(), Anew::only, {"train[0,3]"}),
                ElementsAre("submit train[0], train[3] (named)"));
    EXPECT_THAT(rows(failed_arrays(), Anew::from, {"train[0]"}),
                ElementsAre("submit train[0] (named)", "submit eval[0] (waits for 'train')",
                            "submit sum (waits for 'eval')"));
}

TEST(ResumeChoice, AnArrayThatHasBegunIsLeftUntilItsEnd) {
    World world(k_arrays);
    world.submit_all();
    world.slurm_says("train", JobState::failed, 2);
    world.slurm_says("train", JobState::running, 0);
    EXPECT_THAT(
        rows(world, Anew::unsuccessful),
        ElementsAre(
            "adopt train (its other elements are still in the queue; 'resume' it when they have ended)",
            "adopt eval (waits in the queue)", "adopt sum (waits in the queue)"));
    EXPECT_THAT(
        rows(world, Anew::only, {"train[2]"}),
        ElementsAre("other elements of task 'train' are still in the queue, and a job of some elements "
                    "cannot be submitted beside them"));
    EXPECT_THAT(rows(world, Anew::from, {"train"}),
                ElementsAre("replace train (named)", "replace eval (waits for 'train')",
                            "replace sum (waits for 'eval')"));
}

TEST(ResumeChoice, WhatWaitsBelowIsReplacedAndWhatRunsBelowIsLeft) {
    World world(R"(
[task.a]
run = "true"
[task.slow]
run = "true"
[task.handler]
run = "true"
afternotok = ["a"]
[final.report]
run = "true"
)");
    world.submit_all();
    world.slurm_says("a", JobState::failed);
    world.slurm_says("slow", JobState::running);
    world.slurm_says("handler", JobState::running);
    EXPECT_THAT(rows(world, Anew::unsuccessful),
                ElementsAre("submit a (failed)", "adopt slow (runs)", "adopt handler (runs)",
                            "replace report (waits for 'a')"));
    const auto choice =
        choose_again(world.plan, world.state, Anew::from, tasks_named(world.plan, "a").value()).value();
    EXPECT_EQ(choice.running(), 1U) << "the handler is cancelled, because a was named";
}

TEST(ResumeChoice, AServiceIsStartedAgainForWhatNeedsIt) {
    World world(R"(
[task.server]
run = "true"
service = true
[task.client]
run = "true"
after = ["server"]
[task.other]
run = "true"
after = ["server"]
)");
    world.submit_all();
    world.slurm_says("server", JobState::running);
    world.slurm_says("client", JobState::failed);
    world.slurm_says("other", JobState::completed);
    const std::string closer = world.plan.jobs.back().name();
    world.slurm_says(closer, JobState::completed);
    world.slurm_says("server", JobState::cancelled);
    EXPECT_THAT(rows(world, Anew::unsuccessful),
                ElementsAre("submit server ('client' needs this service)", "submit client (failed)"));
    const auto choice = choose_again(world.plan, world.state, Anew::unsuccessful).value();
    EXPECT_TRUE(choice.again.contains(world.index(closer)));
    EXPECT_FALSE(choice.again.contains(world.index("other")));
}

TEST(ResumeChoice, WhatIsLostIsNotTakenUnlessNamed) {
    World world(k_pipeline);
    world.submit_all();
    world.element("prep").final = true;
    world.element("prep").status.state = JobState::lost;
    EXPECT_THAT(rows(world, Anew::unsuccessful),
                ElementsAre("adopt train (waits in the queue)", "adopt eval (waits in the queue)",
                            "adopt other (waits in the queue)", "adopt report (waits in the queue)"));
    EXPECT_EQ(rows(world, Anew::from, {"prep"}).front(), "submit prep (named)");
}

}  // namespace
}  // namespace sbraid

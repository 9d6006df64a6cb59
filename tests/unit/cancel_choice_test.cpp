#include "cancel_choice.hpp"

#include <gmock/gmock.h>

#include "run_fixture.hpp"

namespace sbraid {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class CancelChoiceTest : public RunTest {
  protected:
    void submit_this(std::string_view tasks) {
        begin(tasks);
        ASSERT_TRUE(submit());
    }
    void see(const JobKey& key, JobState state) {
        JobStatus status;
        status.key = key;
        status.state = state;
        observe(run_.state, run_.plan, {status}, clock_.now());
    }
    [[nodiscard]] std::vector<std::string> ids(const CancelChoice& choice) const {
        std::vector<std::string> result;
        for (const auto& one : choice.jobs) result.push_back(to_string(one.key));
        return result;
    }
    [[nodiscard]] CancelChoice choose(const std::vector<std::string>& operands) const {
        return choose_what_to_cancel(run_, operands).value();
    }
};

constexpr const char* k_handled = R"([task.long]
run = "true"
[task.alarm]
afternotok = ["long"]
run = "true"
[task.next]
afterany = ["long"]
run = "true"
)";

TEST_F(CancelChoiceTest, ATaskTakesWhatWaitsForItAndNamesIt) {
    submit_this(k_handled);
    see({.job = JobId{100}, .element = {}}, JobState::running);
    const auto choice = choose({"long"});
    EXPECT_THAT(ids(choice), ElementsAre("102", "101", "100"));
    EXPECT_THAT(choice.below, ElementsAre("next", "alarm"));
    EXPECT_EQ(choice.running, 1U);
    EXPECT_THAT(choice.ended, IsEmpty());
}

TEST_F(CancelChoiceTest, ATaskThatHasEndedLeavesItsHandlersAlone) {
    submit_this(k_handled);
    see({.job = JobId{100}, .element = {}}, JobState::failed);
    const auto choice = choose({"long"});
    EXPECT_THAT(choice.jobs, IsEmpty());
    EXPECT_THAT(choice.ended, ElementsAre("long (FAILED)"));
    EXPECT_THAT(ids(choose({})), ElementsAre("102", "101")) << "the whole run is another matter";
}

TEST_F(CancelChoiceTest, AnElementThatHasEndedIsToldAndTheOthersGo) {
    submit_this(
        "[task.a]\nrun = \"true\"\narray = \"0-2\"\n[task.b]\nrun = \"true\"\nafterok = "
        "[\"a\"]\n[task.c]\nrun "
        "= \"true\"\n");
    see({.job = JobId{100}, .element = 1}, JobState::completed);
    const auto ended = choose({"a[1]"});
    EXPECT_THAT(ended.jobs, IsEmpty());
    EXPECT_THAT(ended.ended, ElementsAre("a[1] (COMPLETED)"));
    const auto choice = choose({"a[1]", "a[2]"});
    EXPECT_THAT(ids(choice), ElementsAre("102", "100_2"));
    EXPECT_THAT(choice.below, ElementsAre("b"));
}

TEST_F(CancelChoiceTest, OfAnElementOnlyThatGoesWhichWaitsForIt) {
    submit_this(R"([task.t]
run = "true {{lr}}"
matrix = { lr = ["a", "b"], s = [1, 2] }
[task.u]
aftercorr = ["t"]
run = "true"
[task.v]
aftercorr = ["u"]
run = "true"
[task.w]
afterok = ["t[lr=b]"]
run = "true"
[task.x]
afterok = ["t[0]"]
run = "true"
[task.y]
afterok = ["v[lr=b]"]
run = "true"
[task.z]
afterok = ["u"]
run = "true"
)");
    const auto choice = choose({"t[lr=a]"});
    EXPECT_THAT(choice.below, testing::UnorderedElementsAre("u[lr=a,s=1] and 1 other of it",
                                                            "v[lr=a,s=1] and 1 other of it", "x", "z"));
    EXPECT_THAT(ids(choice), testing::UnorderedElementsAre("100_0", "100_1", "101_0", "101_1", "103", "104_0",
                                                           "104_1", "105"));
    see({.job = JobId{101}, .element = 1}, JobState::running);
    EXPECT_THAT(ids(choose({"t[lr=a,s=2]"})), testing::UnorderedElementsAre("100_1", "104_1", "105"))
        << "an element that runs was not named";
    EXPECT_THAT(choose({"t"}).below, testing::IsSupersetOf({"v", "w", "x", "y", "z"}));
}

TEST_F(CancelChoiceTest, WhatWasCancelledAndLivesOnIsCancelledAgain) {
    submit_this(k_handled);
    for (const auto& one : choose({}).jobs) {
        apply(run_.state, run_.plan,
              Record{.writer = {},
                     .number = 0,
                     .time = clock_.now(),
                     .event = JobCancelled{
                         .job = run_.plan.jobs.at(one.job.value).name(), .key = one.key, .why = one.why}});
    }
    see({.job = JobId{100}, .element = {}}, JobState::cancelled);
    EXPECT_THAT(ids(choose({})), ElementsAre("102", "101")) << "Slurm has not said that they are over";
}

TEST_F(CancelChoiceTest, ALostTaskIsGivenUp) {
    submit_this(k_diamond);
    observe_missing(run_.state, run_.plan, {{.job = JobId{100}, .element = {}}}, true,
                    clock_.now() + k_silence);
    ASSERT_EQ(run_.state.jobs.at(0).elements.front().status.state, JobState::lost);
    EXPECT_THAT(ids(choose({"a"})), ElementsAre("103", "102", "101", "100"));
}

TEST_F(CancelChoiceTest, TheNotifierTellsOfACancelledRunThatWasCompletelyIn) {
    const std::string flow =
        "[notify]\nwebhook = \"https://h/x\"\n[task.a]\nrun = \"true\"\n[task.b]\nafterok = "
        "[\"a\"]\nrun = \"true\"\n";
    submit_this(flow);
    EXPECT_THAT(ids(choose({})), ElementsAre("101", "100"));
    EXPECT_THAT(ids(choose({"a"})), ElementsAre("101", "100"));
    run_.state.submitted = false;  // as of a submission that was cut short
    EXPECT_THAT(ids(choose({})), ElementsAre("102", "101", "100")) << "nothing has run, nothing is told";
}

TEST_F(CancelChoiceTest, AGateOfWhatRunsLastStaysWithIt) {
    submit_this(R"([task.a]
run = "true"
[task.b]
run = "true"
[task.next]
afterok = ["b"]
run = "true"
[final.report]
dependency = "(afterany:a?afterok:b),afterany:next"
run = "true"
)");
    ASSERT_EQ(run_.plan.jobs.size(), 5U) << "there is a gate";
    const auto names = [this](const CancelChoice& choice) {
        std::vector<std::string> result;
        for (const auto& one : choice.jobs) result.push_back(run_.plan.jobs.at(one.job.value).name());
        return result;
    };
    EXPECT_THAT(names(choose({"a"})), ElementsAre("a"));
    const auto choice = choose({"b"});
    EXPECT_THAT(names(choice), ElementsAre("next", "b"));
    EXPECT_THAT(choice.below, ElementsAre("next"));
    EXPECT_THAT(names(choose_what_to_cancel(run_, {}, true).value()), ElementsAre("next", "b", "a"));
    EXPECT_EQ(choose({}).jobs.size(), 5U);
}

TEST_F(CancelChoiceTest, TheNotifierOfSoManyTasksThatItNeedsGatesKeepsThem) {
    std::string flow = "[notify]\nwebhook = \"https://h/x\"\n";
    for (int i = 0; i < 11'200; ++i) flow += "[task.t" + std::to_string(i) + "]\nrun = \"true\"\n";
    submit_this(flow);
    ASSERT_GT(run_.plan.jobs.size(), 11'201U) << "there are gates";
    const auto one = choose({"t5"});
    EXPECT_THAT(ids(one), ElementsAre("105"));
    EXPECT_THAT(one.below, IsEmpty());
    for (const auto& cancel : choose({}).jobs)
        ASSERT_EQ(run_.plan.jobs.at(cancel.job.value).role, JobRole::task);
}

}  // namespace
}  // namespace sbraid

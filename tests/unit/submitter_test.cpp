#include "submitter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

#include "new_run.hpp"
#include "run_fixture.hpp"

namespace sbraid {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using SubmitterTest = RunTest;

TEST_F(SubmitterTest, SubmitsParentsFirstAndReleasesOnlyTheRoot) {
    ASSERT_TRUE(submit());
    EXPECT_THAT(slurm_.live(), ElementsAre("a", "b", "c", "d"));
    EXPECT_EQ(slurm_.jobs.at(101).dependency, "afterok:100");
    EXPECT_EQ(slurm_.jobs.at(103).dependency, "afterok:101:102");
    EXPECT_THAT(slurm_.released, ElementsAre(100U));
    EXPECT_TRUE(load_run(run_.dir)->state.submitted);
}

TEST_F(SubmitterTest, ARefusalTakesEverythingBackChildrenFirstAndShowsSlurmsWords) {
    slurm_.moods["d"] = {FakeSlurm::Mood::refuse};
    const auto done = submit();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::slurm);
    EXPECT_THAT(slurm_.live(), IsEmpty());
    EXPECT_THAT(slurm_.cancelled, ElementsAre("c", "b", "a"));
    EXPECT_THAT(slurm_.released, IsEmpty());
    const auto& issue = done.error().issues.front();
    EXPECT_EQ(issue.line, 10U);
    EXPECT_EQ(issue.column, 7U);
    EXPECT_EQ(issue.message, "Slurm refused task 'd': sbatch: error: invalid partition specified: moon");
    EXPECT_THAT(issue.rendered, HasSubstr("flow.toml:10:7: error: Slurm refused task 'd'\n"));
    EXPECT_THAT(issue.rendered, HasSubstr("   sbatch: error: invalid partition specified: moon\n"));
    EXPECT_EQ(
        issue.hint,
        "nothing of run flow-20260101T000000-5f3a9c is left in the queue; mend the file and submit again");
    EXPECT_TRUE(load_run(run_.dir)->state.rolled_back);
}

TEST_F(SubmitterTest, ARefusedGateIsNotTheFaultOfTheFile) {
    begin(
        "[task.a]\nrun = \"true\"\n[task.b]\nrun = \"true\"\n[task.c]\nrun = \"true\"\n"
        "[task.any]\nrun = \"true\"\ndependency = \"afterok:a,(afterok:b?afterok:c)\"\n");
    slurm_.moods["any.gate1"] = {FakeSlurm::Mood::refuse};
    const auto done = submit();
    ASSERT_FALSE(done);
    const auto& issue = done.error().issues.front();
    EXPECT_EQ(issue.message,
              "Slurm refused the small job 'any.gate1': sbatch: error: invalid partition specified: moon");
    EXPECT_THAT(issue.hint, HasSubstr("left in the queue; gate = {…} in the configuration says where"));
}

TEST_F(SubmitterTest, ARefusedNotifierIsAWarningAndTheRunGoesOnWithoutIt) {
    begin("[notify]\nwebhook = \"https://h/x\"\n[task.a]\nrun = \"true\"\n");
    slurm_.moods["notify"] = {FakeSlurm::Mood::refuse};
    testing::internal::CaptureStderr();
    const bool done = submit().has_value();
    EXPECT_EQ(testing::internal::GetCapturedStderr(),
              "sbraid: warning: Slurm refused the small job that tells the webhook of [notify] when nobody "
              "waits, and the run goes on without it (sbatch: error: invalid partition specified: moon); "
              "'sbraid wait " +
                  run_operand(run_) +
                  "' and 'sbraid notify' tell it; gate = {…} in the configuration says where the small jobs "
                  "run that sbraid adds\n");
    ASSERT_TRUE(done);
    EXPECT_THAT(slurm_.live(), ElementsAre("a"));
    EXPECT_THAT(slurm_.released, ElementsAre(100U));
    EXPECT_EQ(phase(load_run(run_.dir)->state, run_.plan), RunPhase::running);
    ASSERT_TRUE(resume());
    EXPECT_THAT(slurm_.live(), ElementsAre("a"));
    EXPECT_EQ(run_.state.round, 1U);
}

constexpr const char* k_b_waits_for_any_end = R"([task.a]
run = "true"
[task.b]
afterany = ["a"]
run = "true"
[task.c]
run = "true"
)";

TEST_F(SubmitterTest, ARollbackTakesAJobThatTheFirstLookCameTooSoonFor) {
    begin(k_b_waits_for_any_end);
    slurm_.moods["b"] = {FakeSlurm::Mood::arrive_late, FakeSlurm::Mood::refuse};
    const auto done = submit();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::slurm);
    EXPECT_EQ(slurm_.jobs.size(), 3U) << "the first b arrived";
    EXPECT_THAT(slurm_.live(), IsEmpty());
    EXPECT_THAT(slurm_.cancelled, ElementsAre("c", "b", "a")) << "b would start as soon as a is gone";
}

TEST_F(SubmitterTest, ARollbackLooksOnceMoreBeforeItSaysThatNothingIsLeft) {
    begin(k_b_waits_for_any_end);
    slurm_.moods["b"] = {FakeSlurm::Mood::arrive_later, FakeSlurm::Mood::refuse};
    ASSERT_FALSE(submit());
    EXPECT_EQ(slurm_.jobs.size(), 3U);
    EXPECT_THAT(slurm_.live(), IsEmpty());
    EXPECT_EQ(phase(load_run(run_.dir)->state, run_.plan), RunPhase::cancelled);
}

TEST_F(SubmitterTest, WhereAnAnswerWasLostNobodySaysThatNothingCanArrive) {
    slurm_.moods["a"] = {FakeSlurm::Mood::arrive_later, FakeSlurm::Mood::unavailable};
    ASSERT_FALSE(submit());
    EXPECT_EQ(phase(load_run(run_.dir)->state, run_.plan), RunPhase::partial) << "submit would double it";
}

TEST_F(SubmitterTest, KeepPartialLeavesWhatIsInForResume) {
    slurm_.moods["d"] = {FakeSlurm::Mood::refuse};
    const auto done = submit({.keep_partial = true});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::partial);
    EXPECT_THAT(slurm_.live(), ElementsAre("a", "b", "c"));
    EXPECT_THAT(slurm_.released, IsEmpty());
    ASSERT_TRUE(resume());
    EXPECT_THAT(slurm_.live(), ElementsAre("a", "b", "c", "d"));
    EXPECT_THAT(slurm_.released, ElementsAre(100U));
}

TEST_F(SubmitterTest, ABusySlurmIsWaitedOut) {
    slurm_.moods["b"] = {FakeSlurm::Mood::busy, FakeSlurm::Mood::busy};
    ASSERT_TRUE(submit());
    EXPECT_EQ(clock_.sleeps, 2);
    EXPECT_THAT(slurm_.live(), ElementsAre("a", "b", "c", "d"));
}

TEST_F(SubmitterTest, PatienceEndsWithTheRunKeptForResume) {
    slurm_.moods["b"] = std::deque<FakeSlurm::Mood>(1000, FakeSlurm::Mood::busy);
    const auto done = submit({.patience = std::chrono::seconds(100)});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::partial);
    EXPECT_THAT(done.error().issues.front().hint,
                HasSubstr("'sbraid resume " + run_operand(run_) + "' goes on"));
    slurm_.moods.clear();
    ASSERT_TRUE(resume());
    EXPECT_THAT(slurm_.live(), ElementsAre("a", "b", "c", "d"));
}

TEST_F(SubmitterTest, NothingInAndNoAnswerIsExitFour) {
    slurm_.moods["a"] = std::deque<FakeSlurm::Mood>(1000, FakeSlurm::Mood::busy);
    const auto done = submit({.patience = std::chrono::seconds(10)});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::slurm);
}

TEST_F(SubmitterTest, AJobWhoseAnswerWasLostIsAdoptedNotSubmittedAgain) {
    slurm_.moods["b"] = {FakeSlurm::Mood::lose_answer};
    ASSERT_TRUE(submit());
    EXPECT_THAT(slurm_.live(), ElementsAre("a", "b", "c", "d"));
    EXPECT_EQ(slurm_.jobs.size(), 4U);
}

TEST_F(SubmitterTest, AJobThatNeverArrivedIsSubmittedAgain) {
    slurm_.moods["b"] = {FakeSlurm::Mood::lose_request};
    ASSERT_TRUE(submit());
    EXPECT_THAT(slurm_.live(), ElementsAre("a", "b", "c", "d"));
}

TEST_F(SubmitterTest, ASecondJobOfATokenIsCancelledBeforeTheRelease) {
    slurm_.moods["c"] = {FakeSlurm::Mood::submit_twice};
    ASSERT_TRUE(submit());
    EXPECT_THAT(slurm_.live(), ElementsAre("a", "b", "c", "d"));
    EXPECT_THAT(slurm_.cancelled, ElementsAre("c"));
    EXPECT_EQ(slurm_.jobs.size(), 5U);
    // The children wait for the one that was kept.
    EXPECT_EQ(slurm_.jobs.at(104).dependency, "afterok:101:103");
}

TEST_F(SubmitterTest, ResumeTakesOverAJobThatNoRecordNames) {
    // Dead between Slurm's yes and our record.
    slurm_.jobs[55] = {
        .token = {.run = run_.plan.run, .job = "a", .submission = 1}, .dependency = {}, .held = true};
    ASSERT_TRUE(resume());
    EXPECT_EQ(slurm_.jobs.size(), 4U);
    EXPECT_EQ(slurm_.jobs.at(100).dependency, "afterok:55");
    EXPECT_THAT(slurm_.released, ElementsAre(55U));
}

TEST_F(SubmitterTest, AKillInTheMiddleOfARollbackLosesNothing) {
    slurm_.moods["d"] = {FakeSlurm::Mood::refuse};
    // What the file says at the instant of the first scancel is all that a killed submitter leaves behind.
    slurm_.before_cancel = [&] {
        std::filesystem::copy_file(run_.dir + "/state.jsonl", folder_ + "/killed");
        slurm_.before_cancel = nullptr;
    };
    ASSERT_FALSE(submit());
    EXPECT_THAT(slurm_.live(), IsEmpty());
    std::filesystem::rename(folder_ + "/killed", run_.dir + "/state.jsonl");
    EXPECT_EQ(phase(load_run(run_.dir)->state, run_.plan), RunPhase::partial);
    ASSERT_TRUE(resume());
    EXPECT_THAT(slurm_.live(), ElementsAre("a", "b", "c", "d"));
    EXPECT_EQ(phase(load_run(run_.dir)->state, run_.plan), RunPhase::running);
}

TEST_F(SubmitterTest, ALimitIsNotWaitedForWhileNothingOfTheRunCanEnd) {
    slurm_.moods["a"] = {FakeSlurm::Mood::limit};
    const auto done = submit();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::slurm);
    EXPECT_EQ(clock_.sleeps, 0);
    EXPECT_THAT(slurm_.live(), IsEmpty());
    EXPECT_THAT(done.error().issues.front().hint,
                HasSubstr("the limit QOSMaxSubmitJobPerUserLimit leaves no room"));
    EXPECT_TRUE(load_run(run_.dir)->state.taken_back);
}

TEST_F(SubmitterTest, WhereALimitIsReachedTheRestFollowsAsJobsEnd) {
    slurm_.submit_limit = 2;
    clock_.while_asleep = [this] { slurm_.run_one(); };
    ASSERT_TRUE(submit());
    EXPECT_THAT(slurm_.live(), ElementsAre("c", "d"));
    EXPECT_EQ(slurm_.jobs.size(), 4U);
    EXPECT_EQ(clock_.sleeps, 2);
    // Of parents that have ended no edge is left; what could start before its wave is in was held, and
    // released.
    EXPECT_EQ(slurm_.jobs.at(102).dependency, "");
    EXPECT_EQ(slurm_.jobs.at(103).dependency, "afterok:102");
    EXPECT_THAT(slurm_.released, ElementsAre(100U, 102U, 103U));
    const auto again = load_run(run_.dir);
    EXPECT_TRUE(again->state.submitted);
    EXPECT_EQ(phase(again->state, run_.plan), RunPhase::running);
}

TEST_F(SubmitterTest, InAWaveAlsoWhatSlurmHasForgottenIsKnownToHaveEnded) {
    slurm_.submit_limit = 2;
    slurm_.accounting.emplace();
    clock_.while_asleep = [this] {
        slurm_.run_one();
        for (const auto& [id, job] : slurm_.jobs) {
            if (!is_terminal(job.state) || !slurm_.forgotten.insert(id).second) continue;
            SacctRow& row = slurm_.accounting->emplace_back();
            row.status.key.job = JobId{id};
            row.status.state = job.state;
            row.status.exit_code = 0;
            row.status.submit = clock_.now();
        }
    };
    ASSERT_TRUE(submit());
    EXPECT_EQ(slurm_.jobs.size(), 4U);
    EXPECT_THAT(slurm_.live(), ElementsAre("c", "d"));
}

TEST_F(SubmitterTest, AWaveThatIsInterruptedIsGoneOnWith) {
    slurm_.submit_limit = 2;
    clock_.while_asleep = [] { ::raise(SIGINT); };
    const auto cut = submit();
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().kind, ErrorKind::interrupted);
    EXPECT_EQ(cut.error().issues.front().message,
              "interrupted: 2 of 4 jobs of run " + run_.id() + " are in Slurm");
    EXPECT_THAT(slurm_.live(), ElementsAre("a", "b"));
    EXPECT_THAT(slurm_.released, ElementsAre(100U));
    EXPECT_EQ(phase(load_run(run_.dir)->state, run_.plan), RunPhase::partial);
}

TEST_F(SubmitterTest, InAWaveALateAnswerIsRecordedAndNothingRunsTwice) {
    slurm_.submit_limit = 2;
    slurm_.moods["b"] = {FakeSlurm::Mood::arrive_later};
    clock_.while_asleep = [this] { slurm_.run_one(); };
    ASSERT_TRUE(submit());
    std::set<std::string> recorded;
    const auto again = load_run(run_.dir).value();
    for (const JobRecord& job : again.state.jobs)
        if (job.current) recorded.insert(std::to_string(job.current->id.value));
    std::set<std::string> all;
    std::map<std::string, int> lives;
    for (const auto& [id, job] : slurm_.jobs)
        if (job.state != JobState::cancelled) {
            all.insert(std::to_string(id));
            ++lives[job.token.job];
        }
    EXPECT_EQ(recorded, all);
    EXPECT_THAT(lives, testing::Each(testing::Pair(testing::_, 1)));
}

TEST_F(SubmitterTest, InAWaveChildrenOfRunningParentsAreHeldUntilTheWaveIsIn) {
    begin(
        "[task.a]\nrun = \"true\"\n[task.b]\nrun = \"true\"\n"
        "[task.c]\nafterok = [\"b\"]\nrun = \"true\"\n");
    slurm_.submit_limit = 2;
    clock_.while_asleep = [this] {
        slurm_.jobs.at(101).state = JobState::running;
        slurm_.run_one();  // a
    };
    ASSERT_TRUE(submit());
    EXPECT_EQ(slurm_.jobs.at(102).dependency, "afterok:101");
    EXPECT_THAT(slurm_.released, ElementsAre(101U, 100U, 102U));
}

TEST_F(SubmitterTest, ALimitIsJudgedWhenAllAnswersOfALevelAreIn) {
    begin("[task.a]\nrun = \"true\"\n[task.b]\nrun = \"true\"\n");
    slurm_.moods["a"] = {FakeSlurm::Mood::limit};  // its answer is read before the yes of b
    slurm_.goes_on_after_refusal = true;
    clock_.while_asleep = [this] { slurm_.run_one(); };
    ASSERT_TRUE(submit());
    EXPECT_EQ(slurm_.jobs.size(), 2U);
}

TEST_F(SubmitterTest, AWaveIsWaitedForAlsoWhenOthersFillTheLimit) {
    slurm_.submit_limit = 2;
    int sleeps = 0;
    clock_.while_asleep = [this, &sleeps] {
        if (++sleeps == 1) {  // both have run, and a stranger is there
            slurm_.run_one();
            slurm_.run_one();
            slurm_.submit_limit = 0;
        }
        if (sleeps == 40) slurm_.submit_limit = 2;
    };
    ASSERT_TRUE(submit());
    EXPECT_EQ(slurm_.jobs.size(), 4U);
}

TEST_F(SubmitterTest, WhatCannotEndByItselfIsNamedInsteadOfWaitedFor) {
    begin("[task.a]\nrun = \"true\"\nhold = true\n[task.b]\nrun = \"true\"\n");
    slurm_.submit_limit = 1;
    const auto done = submit();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::partial);
    EXPECT_THAT(done.error().issues.front().message, HasSubstr("what is in cannot end by itself: a"));
}

TEST_F(SubmitterTest, ATaskThatIsLargerThanTheLimitAloneIsToldWhenNothingElseIsLeft) {
    begin("[task.a]\nrun = \"true\"\n[task.b]\nrun = \"true\"\nafterok = [\"a\"]\narray = \"0-4\"\n");
    slurm_.submit_limit = 3;
    clock_.while_asleep = [this] { slurm_.run_one(); };
    const auto done = submit();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::partial);
    EXPECT_THAT(done.error().issues.front().hint, HasSubstr("or the task alone is larger"));
    EXPECT_THAT(slurm_.cancelled, IsEmpty());
    EXPECT_FALSE(load_run(run_.dir)->state.rolled_back);
}

TEST_F(SubmitterTest, ResumeSendsNoEdgeToAParentThatNobodyKnows) {
    slurm_.moods["b"] = std::deque<FakeSlurm::Mood>(1000, FakeSlurm::Mood::busy);
    ASSERT_FALSE(submit({.patience = std::chrono::seconds(10)}));
    slurm_.moods.clear();
    slurm_.forgotten.insert(100);
    const auto jobs_before = slurm_.jobs.size();
    const auto done = resume();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::partial);
    EXPECT_EQ(done.error().issues.front().message,
              "cannot submit task 'b': its parent 'a' (job 100) is not in the queue, and how it ended is not "
              "known");
    EXPECT_THAT(done.error().issues.back().hint,
                HasSubstr("'sbraid resume " + run_operand(run_) + "' again"));
    EXPECT_EQ(slurm_.jobs.size(), jobs_before);
    EXPECT_THAT(slurm_.released, IsEmpty());
}

TEST_F(SubmitterTest, ResumeWithoutAnAnswerOfTheAccountingTellsWhatIsIn) {
    slurm_.moods["d"] = {FakeSlurm::Mood::refuse};
    ASSERT_FALSE(submit({.keep_partial = true}));
    slurm_.forgotten.insert(100);
    slurm_.accounting_trouble = "sacct: fatal: the accounting is not what it was";
    const auto done = resume();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::partial);
    EXPECT_EQ(done.error().issues.front().message,
              "could not learn what became of the jobs: sacct: fatal: the accounting is not what it was");
    EXPECT_THAT(done.error().issues.front().hint, HasSubstr("3 of 4 jobs of run " + run_.id() +
                                                            " are in Slurm, nothing was released; 'sbraid "
                                                            "resume"));
    EXPECT_EQ(clock_.sleeps, 0) << "waiting would not mend it";
    slurm_.accounting_trouble = "sacct: error: Connection refused";
    ASSERT_FALSE(resume());
    EXPECT_GT(clock_.sleeps, 0);
}

TEST_F(SubmitterTest, APatienceEndsAlsoWhileSqueueAnswers) {
    slurm_.moods["a"] = std::deque<FakeSlurm::Mood>(1000, FakeSlurm::Mood::lose_request);
    const auto done = submit({.patience = std::chrono::seconds(100)});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::slurm);
    EXPECT_THAT(done.error().issues.front().hint, HasSubstr("nothing of run")) << "a last look has told";
}

TEST_F(SubmitterTest, WhatSlurmMayHaveIsToldWhenItDoesNotSay) {
    slurm_.moods["a"] = {FakeSlurm::Mood::lose_answer};
    slurm_.is_silent = false;
    int looks = 0;
    slurm_.before_find = [&] { slurm_.is_silent = ++looks > 0; };
    const auto done = submit({.patience = std::chrono::seconds(10)});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::partial) << "a job may be in";
    EXPECT_EQ(done.error().issues.front().hint,
              "0 of 4 jobs of run flow-20260101T000000-5f3a9c are in Slurm, and up to 1 more may be: fake "
              "gave no answer; 'sbraid resume " +
                  run_operand(run_) + "' goes on");
    slurm_.before_find = nullptr;
    slurm_.is_silent = false;
    ASSERT_TRUE(resume());
    EXPECT_EQ(slurm_.jobs.size(), 4U);
}

TEST_F(SubmitterTest, AnArrayWhoseAnswerWasLostIsAdoptedWhole) {
    begin("[task.a]\nrun = \"true\"\narray = \"0-3\"\n[task.b]\nrun = \"true\"\nafterok = [\"a\"]\n");
    slurm_.moods["a"] = {FakeSlurm::Mood::lose_answer};
    ASSERT_TRUE(submit()) << "each element is in the queue, so b may wait for it";
    EXPECT_EQ(slurm_.jobs.at(101).dependency, "afterok:100");
}

TEST_F(SubmitterTest, TheTimeOfACallThatHangsIsTakenFromThePatience) {
    slurm_.moods["a"] = std::deque<FakeSlurm::Mood>(1000, FakeSlurm::Mood::lose_request);
    slurm_.before_submit = [&] {
        ASSERT_TRUE(bounds_.end);
        EXPECT_GT(*bounds_.end, std::chrono::steady_clock::now() + std::chrono::seconds(50));
        clock_.sleep(std::chrono::seconds(100), nullptr);
        clock_.sleeps = 0;
    };
    ASSERT_FALSE(submit({.patience = std::chrono::seconds(100)}));
    EXPECT_EQ(clock_.sleeps, 0);
    EXPECT_FALSE(bounds_.end);
}

TEST_F(SubmitterTest, EachSuccessGivesTheCallsThatFollowAllOfThePatience) {
    Patience patience(app_, bounds_, std::chrono::seconds(100));
    patience.within([&] {
        bounds_.end = std::chrono::steady_clock::now();
        patience.restart();
        EXPECT_GT(*bounds_.end, std::chrono::steady_clock::now() + std::chrono::seconds(50));
    });
    EXPECT_FALSE(bounds_.end);
}

TEST_F(SubmitterTest, WhoGoesOnAndWasNotAnsweredYetKnowsNotWhatIsInSlurm) {
    slurm_.before_find = [&] { ASSERT_EQ(std::raise(SIGINT), 0); };
    slurm_.is_silent = true;
    const auto interrupted = resume();
    ASSERT_FALSE(interrupted);
    EXPECT_EQ(interrupted.error().kind, ErrorKind::interrupted);
    EXPECT_EQ(
        interrupted.error().issues.front().message,
        "interrupted: 0 of 4 jobs of run " + run_.id() + " are recorded, and up to 4 more may have arrived");
}

TEST_F(SubmitterTest, AMachineWithoutSlurmLeavesNothingThatStandsInTheWay) {
    slurm_.moods["a"] = {FakeSlurm::Mood::unavailable};
    const auto done = submit();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::slurm);
    const auto& issue = done.error().issues.front();
    EXPECT_EQ(issue.message, "this machine cannot submit to Slurm: there is no sbatch in PATH");
    EXPECT_EQ(issue.hint,
              "nothing of run flow-20260101T000000-5f3a9c is in Slurm; 'sbraid doctor' looks at the machine, "
              "then submit again");
    EXPECT_EQ(phase(load_run(run_.dir)->state, run_.plan), RunPhase::cancelled) << "submit may try again";

    begin(k_diamond);
    slurm_.moods["d"] = {FakeSlurm::Mood::unavailable};
    const auto partly = submit();
    ASSERT_FALSE(partly);
    EXPECT_EQ(partly.error().kind, ErrorKind::partial);
    EXPECT_THAT(slurm_.live(), ElementsAre("a", "b", "c"));
}

TEST_F(SubmitterTest, WhatIsAdoptedLastIsOnDiskBeforeTheRelease) {
    slurm_.moods["c"] = {FakeSlurm::Mood::submit_twice};
    ASSERT_TRUE(submit());
    const auto run = load_run(run_.dir);
    std::vector<std::string> kinds;
    for (const auto& record : run->records) {
        if (std::holds_alternative<JobCancelled>(record.event)) kinds.emplace_back("cancelled");
        if (std::holds_alternative<JobsReleased>(record.event)) kinds.emplace_back("released");
    }
    EXPECT_THAT(kinds, ElementsAre("cancelled", "released"));
}

TEST_F(SubmitterTest, AThousandRootsAreReleasedInRecordsThatHoldThemAll) {
    std::string tasks;
    for (int i = 0; i < 1000; ++i) tasks += "[task.t" + std::to_string(i) + "]\nrun = \"true\"\n";
    begin(tasks);
    ASSERT_TRUE(submit());
    EXPECT_EQ(slurm_.released.size(), 1000U);
    EXPECT_THAT(to_release(run_.plan, load_run(run_.dir)->state), IsEmpty());
}

TEST_F(SubmitterTest, ARollbackTakesHandlersInACallBeforeWhatTheyHandle) {
    begin(
        "[task.a]\nrun = \"true\"\n[task.alarm]\nrun = \"true\"\nafternotok = [\"a\"]\n[task.z]\nrun = "
        "\"true\"\n"
        "afterok = [\"alarm\"]\n");
    slurm_.moods["z"] = {FakeSlurm::Mood::refuse};
    std::vector<std::size_t> cancelled_before_each_call;
    slurm_.before_cancel = [&] { cancelled_before_each_call.push_back(slurm_.cancelled.size()); };
    ASSERT_FALSE(submit());
    EXPECT_THAT(slurm_.cancelled, ElementsAre("alarm", "a"));
    EXPECT_THAT(cancelled_before_each_call, ElementsAre(0U, 1U));
}

constexpr const char* k_waits_outside = "[task.a]\nrun = \"true\"\nafterok = [\"job:77\"]\n";

TEST_F(SubmitterTest, AJobOutsideThatSlurmDoesNotKnowIsAnErrorBeforeAnythingIsSubmitted) {
    begin(k_waits_outside);
    const auto done = submit();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::slurm);
    const auto& issue = done.error().issues.front();
    EXPECT_EQ(issue.line, 2U);
    EXPECT_THAT(issue.message, HasSubstr("task 'a' waits for job 77, which Slurm does not know"));
    EXPECT_THAT(slurm_.jobs, IsEmpty());
    EXPECT_EQ(phase(load_run(run_.dir)->state, run_.plan), RunPhase::cancelled) << "submit may try again";
}

TEST_F(SubmitterTest, AJobOutsideIsTakenFromTheQueueOrFromItsLastRowInTheAccounting) {
    begin(k_waits_outside);
    slurm_.jobs[77] = {.token = {.run = "other", .job = "x", .submission = 1}, .dependency = {}};
    ASSERT_TRUE(submit());
    EXPECT_EQ(slurm_.jobs.at(100).dependency, "afterok:77");

    begin(k_waits_outside);
    slurm_.jobs.clear();
    const auto row = [](JobState state, int submit_s) {
        SacctRow one;
        one.status.key = {.job = JobId{77}, .element = {}};
        one.status.state = state;
        one.status.submit = Timestamp(std::chrono::seconds(submit_s));
        return one;
    };
    slurm_.accounting = {row(JobState::completed, 20), row(JobState::failed, 10)};
    ASSERT_TRUE(submit());
    EXPECT_EQ(slurm_.jobs.at(101).dependency, "");

    begin(k_waits_outside);
    slurm_.accounting = {row(JobState::running, 20)};  // and slurmctld has forgotten it
    EXPECT_FALSE(submit());
}

TEST_F(SubmitterTest, AResumeWhoseClockIsBehindGoesOnAllTheSame) {
    slurm_.moods["d"] = {FakeSlurm::Mood::refuse};
    ASSERT_FALSE(submit({.keep_partial = true}));
    clock_.sleep(std::chrono::seconds(-60), nullptr);
    ASSERT_TRUE(resume());
    EXPECT_EQ(phase(load_run(run_.dir)->state, run_.plan), RunPhase::running);
}

TEST_F(SubmitterTest, ARunWithADamagedPlanHidesNoOlderOne) {
    const auto newer = folder_ + "/flow-20270101T000000-5f3a9c";
    ASSERT_TRUE(create_run_dir(newer));
    ASSERT_TRUE(write_durably(newer + "/plan.json", "{"));
    const auto found = newest_run_of(app_, folder_, run_.plan.file);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->dir, run_.dir);
    EXPECT_FALSE(newest_run_of(app_, folder_, "/another.toml"));
}

TEST_F(SubmitterTest, ResumeOfAFinishedSubmissionChangesNothing) {
    ASSERT_TRUE(submit());
    const auto released = slurm_.released;
    ASSERT_TRUE(resume());
    EXPECT_EQ(slurm_.jobs.size(), 4U);
    EXPECT_EQ(slurm_.released, released);
}

}  // namespace
}  // namespace sbraid

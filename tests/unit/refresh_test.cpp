#include "refresh.hpp"

#include <gmock/gmock.h>

#include "adoption.hpp"
#include "run_fixture.hpp"
#include "sbraid/journal/run_lock.hpp"

namespace sbraid {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class RefreshTest : public RunTest {
  protected:
    Refreshed look() {
        run_ = load_run(run_.dir).value();
        auto journal = open();
        return refresh(app_, run_, slurm_, &journal);
    }
    Journal open() const { return Journal::open({.run_dir = run_.dir, .writer = "look"}).value(); }
    void end(std::uint32_t id, JobState state) { slurm_.jobs.at(id).state = state; }
    static SacctRow row(std::uint32_t id, JobState state, Timestamp submit, std::string line = {}) {
        SacctRow one;
        one.status.key.job = JobId{id};
        one.status.state = state;
        one.status.submit = submit;
        one.submit_line = std::move(line);
        return one;
    }
    [[nodiscard]] JobState state_of(std::uint32_t job) const {
        return run_.state.jobs.at(job).elements.front().status.state;
    }
};

TEST_F(RefreshTest, AnEndIsRecordedAndNeverAskedForAgain) {
    ASSERT_TRUE(submit());
    for (std::uint32_t id = 100; id < 104; ++id) end(id, JobState::completed);
    EXPECT_FALSE(look().stale);
    EXPECT_EQ(phase(load_run(run_.dir)->state, run_.plan), RunPhase::succeeded);
    slurm_.asked.clear();
    look();
    EXPECT_THAT(slurm_.asked, IsEmpty());
}

TEST_F(RefreshTest, ASilentSlurmLeavesWhatTheFileSays) {
    ASSERT_TRUE(submit());
    slurm_.is_silent = true;
    const auto seen = look();
    EXPECT_TRUE(seen.stale);
    EXPECT_EQ(seen.trouble, "Unable to contact slurm controller (connect failure)");
    EXPECT_EQ(phase(run_.state, run_.plan), RunPhase::running);
}

TEST_F(RefreshTest, AJobOfAnotherRunWithOurIdIsNotOurs) {
    ASSERT_TRUE(submit());
    // The ids have come round: 100 is somebody else's job by now, and so is the newest row of it.
    slurm_.jobs.at(100).token.run = "other-20270101T000000-000000";
    end(100, JobState::failed);
    const auto now = clock_.now();
    slurm_.accounting = {
        row(100, JobState::completed, now, "sbatch --comment=sbraid:" + run_.id() + ":a#1 --parsable"),
        row(100, JobState::failed, now + std::chrono::hours(1),
            "sbatch --comment=sbraid:other-20270101T000000-000000:a#1 --parsable")};
    look();
    EXPECT_EQ(state_of(0), JobState::completed);
}

TEST_F(RefreshTest, ALaterRowOfAStrangerWithOurIdIsNotOurs) {
    ASSERT_TRUE(submit());
    const auto later = clock_.now() + std::chrono::hours(1);
    const auto ours = "sbatch --comment=sbraid:" + run_.id() + ":a#1 --parsable";
    slurm_.forgotten = {100};
    for (const bool is_first : {true, false}) {
        slurm_.accounting = {row(100, JobState::completed, clock_.now(), ours)};
        slurm_.accounting->insert(is_first ? slurm_.accounting->begin() : slurm_.accounting->end(),
                                  row(100, JobState::failed, later, "sbatch job.sh"));
        run_ = load_run(run_.dir).value();
        refresh(app_, run_, slurm_, nullptr);
        EXPECT_EQ(state_of(0), JobState::completed) << is_first;
    }
}

TEST_F(RefreshTest, WhatCanNeverRunIsCancelledOnlyWhereSqueueListsItAsOurs) {
    ASSERT_TRUE(submit());
    end(100, JobState::failed);
    slurm_.forgotten = {101};
    slurm_.jobs.at(102).token.run = "other-20270101T000000-000000";  // has our id by now
    look();
    EXPECT_THAT(slurm_.cancelled, ElementsAre("d"));
    EXPECT_EQ(phase(run_.state, run_.plan), RunPhase::failed);
}

TEST_F(RefreshTest, AJobWithNoRecordIsFoundByItsTokenAndNotWrittenDown) {
    slurm_.jobs[55] = {
        .token = {.run = run_.plan.run, .job = "a", .submission = 1}, .dependency = {}, .held = true};
    const auto seen = look();
    EXPECT_EQ(seen.unrecorded, 1U);
    EXPECT_EQ(run_.state.jobs.at(0).current.value().id, JobId{55});
    EXPECT_EQ(unrecorded_jobs(run_), 3U);
    EXPECT_EQ(phase(run_.state, run_.plan), RunPhase::partial);
    EXPECT_THAT(load_run(run_.dir)->records, IsEmpty());
}

TEST_F(RefreshTest, NobodyLooksForTokensWhileSomebodySubmits) {
    const auto lock = RunLock::acquire(run_.dir, std::chrono::milliseconds(0)).value();
    EXPECT_FALSE(look().stale);
    EXPECT_THAT(slurm_.asked, IsEmpty());
}

TEST_F(RefreshTest, SeveralRunsAreOneQuestionEach) {
    ASSERT_TRUE(submit());
    auto first = load_run(run_.dir).value();
    // A second run beside it, of another id.
    sbraid::Run second;
    second.plan = first.plan;
    second.plan.run = "flow-20260101T000001-5f3a9c";
    second.dir = second.plan.run_dir = folder_ + "/second";
    ASSERT_TRUE(create_run_dir(second.dir));
    second.state = replay(second.plan, {});
    std::swap(run_, second);
    ASSERT_TRUE(submit());
    std::swap(run_, second);
    for (std::uint32_t id = 100; id < 104; ++id) end(id, JobState::completed);
    for (std::uint32_t id = 104; id < 108; ++id) slurm_.forgotten.insert(id);
    slurm_.accounting.emplace();
    for (std::uint32_t id = 104; id < 108; ++id) {
        slurm_.accounting->push_back(row(id, JobState::cancelled, clock_.now()));
    }
    slurm_.asked.clear();
    auto journal = open();
    const auto seen = refresh_all(app_, {{.run = &first, .journal = &journal}, {.run = &second}}, slurm_);
    EXPECT_FALSE(seen.stale);
    EXPECT_THAT(slurm_.asked, ElementsAre(std::pair("account", 1), std::pair("query", 1)));
    EXPECT_EQ(phase(first.state, first.plan), RunPhase::succeeded);
    EXPECT_EQ(phase(second.state, second.plan), RunPhase::cancelled);
    EXPECT_EQ(phase(load_run(first.dir)->state, first.plan), RunPhase::succeeded);
    EXPECT_THAT(slurm_.cancelled, IsEmpty());
}

}  // namespace
}  // namespace sbraid

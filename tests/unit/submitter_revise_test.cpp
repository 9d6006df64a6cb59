#include <gmock/gmock.h>

#include <fstream>

#include "run_fixture.hpp"
#include "sbraid/resume_choice.hpp"

namespace sbraid {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// a -> b -> d and a -> c -> d; `h` handles the failure of d.
class SubmitterReviseTest : public RunTest {
  protected:
    SubmitterReviseTest() {
        begin(std::string(k_diamond) + "[task.h]\nrun = \"true\"\nafternotok = [\"d\"]\n");
    }
    /// As `sbraid resume` does it, in a new process.
    tl::expected<void, Failure> resume_with(Anew which, const char* name = nullptr) {
        run_ = load_run(run_.dir).value();
        auto journal =
            Journal::open({.run_dir = run_.dir, .writer = "again" + std::to_string(++count_)}).value();
        Submitter submitter(app_, run_, slurm_, journal, bounds_, {.keep_partial = true});
        if (auto done = submitter.begin_revision(); !done) return done;
        if (auto done = submitter.adopt(); !done) return done;
        if (auto done = submitter.learn(); !done) return done;
        const auto named = name == nullptr ? std::vector<NamedJob>{} : tasks_named(run_.plan, name).value();
        const auto choice = choose_again(run_.plan, run_.state, which, named).value();
        if (!choice.again.empty())
            if (auto done = submitter.revise(sbraid::revise(run_.plan, run_.state, choice)); !done)
                return done;
        return submitter.submit_all();
    }
    void end(const std::string& job, JobState state) {
        for (auto& [id, known] : slurm_.jobs)
            if (known.token.job == job && !is_terminal(known.state)) known.state = state;
    }
    [[nodiscard]] std::string dependency_of(const std::string& job) const {
        std::string found = "none";
        for (const auto& [id, known] : slurm_.jobs)
            if (known.token.job == job && !is_terminal(known.state)) found = known.dependency;
        return found;
    }
    int count_ = 0;
};

TEST_F(SubmitterReviseTest, WhatFailedIsSubmittedWithWhatIsBelow) {
    ASSERT_TRUE(submit());
    end("a", JobState::completed);
    end("c", JobState::completed);
    end("b", JobState::failed);
    end("d", JobState::cancelled);
    end("h", JobState::completed);
    ASSERT_TRUE(resume_with(Anew::unsuccessful));
    EXPECT_THAT(slurm_.live(), ElementsAre("b", "d", "h"));
    EXPECT_EQ(dependency_of("b"), "") << "a has ended well";
    EXPECT_EQ(dependency_of("d"), "afterok:105");
    EXPECT_EQ(dependency_of("h"), "afternotok:106");
    EXPECT_EQ(phase(load_run(run_.dir)->state, load_run(run_.dir)->plan), RunPhase::running);
    const auto jobs = slurm_.jobs.size();
    ASSERT_TRUE(resume_with(Anew::unsuccessful));
    EXPECT_EQ(slurm_.jobs.size(), jobs) << "there is nothing left to do";
    for (const char* job : {"b", "d"}) end(job, JobState::completed);
    end("h", JobState::cancelled);
    ASSERT_TRUE(resume_with(Anew::unsuccessful));
    EXPECT_EQ(phase(run_.state, run_.plan), RunPhase::succeeded);
}

TEST_F(SubmitterReviseTest, WhatWaitsBelowIsCancelledHandlersFirst) {
    ASSERT_TRUE(submit());
    end("a", JobState::completed);
    end("b", JobState::failed);
    slurm_.cancelled.clear();
    ASSERT_TRUE(resume_with(Anew::from, "b"));
    // d is dead by then, and was cancelled for that; c goes on.
    EXPECT_THAT(slurm_.cancelled, ElementsAre("d", "h"));
    EXPECT_THAT(slurm_.live(), ElementsAre("b", "c", "d", "h"));
    EXPECT_EQ(dependency_of("d"), "afterok:105:102") << "the new b, and c that goes on";
    slurm_.cancelled.clear();
    ASSERT_TRUE(resume_with(Anew::from, "b"));
    EXPECT_THAT(slurm_.cancelled, ElementsAre("h", "d", "b"));
    EXPECT_THAT(slurm_.live(), ElementsAre("b", "c", "d", "h"));
}

TEST_F(SubmitterReviseTest, ACrashAtAnyInstantLosesNothingAndDoublesNothing) {
    ASSERT_TRUE(submit());
    end("a", JobState::completed);
    end("c", JobState::completed);
    end("b", JobState::failed);
    end("d", JobState::cancelled);
    end("h", JobState::completed);
    // The world after each call of Slurm, with what was on disk then.
    const auto before = folder_ + "/before";
    const auto jobs = slurm_.jobs;
    const auto id = slurm_.next_id;
    std::filesystem::copy(run_.dir, before, std::filesystem::copy_options::recursive);
    for (int instant = 0; instant < 8; ++instant) {
        std::filesystem::remove_all(run_.dir);
        std::filesystem::copy(before, run_.dir, std::filesystem::copy_options::recursive);
        slurm_.jobs = jobs;
        slurm_.next_id = id;
        const auto killed = folder_ + "/killed";
        std::filesystem::remove_all(killed);
        std::map<std::uint32_t, FakeSlurm::Job> left;
        int calls = 0;
        const auto look = [&] {
            if (calls++ != instant) return;
            std::filesystem::copy(run_.dir, killed, std::filesystem::copy_options::recursive);
            left = slurm_.jobs;
        };
        slurm_.before_submit = slurm_.before_find = slurm_.before_query = slurm_.before_cancel = look;
        ASSERT_TRUE(resume_with(Anew::unsuccessful));
        slurm_.before_submit = slurm_.before_find = slurm_.before_query = slurm_.before_cancel = nullptr;
        if (left.empty()) continue;
        std::filesystem::remove_all(run_.dir);
        std::filesystem::rename(killed, run_.dir);
        slurm_.jobs = left;
        ASSERT_TRUE(resume_with(Anew::unsuccessful)) << instant;
        EXPECT_THAT(slurm_.live(), ElementsAre("b", "d", "h")) << instant;
        EXPECT_EQ(load_run(run_.dir)->plan.revision, 2U) << instant;
    }
}

TEST_F(SubmitterReviseTest, ARevisionWhoseRecordIsMissingCounts) {
    ASSERT_TRUE(submit());
    for (const char* job : {"a", "c"}) end(job, JobState::completed);
    end("b", JobState::failed);
    end("d", JobState::cancelled);
    end("h", JobState::cancelled);
    run_ = load_run(run_.dir).value();
    {
        auto journal = Journal::open({.run_dir = run_.dir, .writer = "killed"}).value();
        Submitter submitter(app_, run_, slurm_, journal, bounds_, {});
        ASSERT_TRUE(submitter.learn());
    }
    const auto choice = choose_again(run_.plan, run_.state, Anew::unsuccessful).value();
    const auto next = sbraid::revise(run_.plan, run_.state, choice);
    ASSERT_TRUE(write_durably(frozen_plan(run_.dir, 2), to_json(next)));
    EXPECT_EQ(phase(load_run(run_.dir)->state, load_run(run_.dir)->plan), RunPhase::partial);
    ASSERT_TRUE(resume_with(Anew::nothing));
    EXPECT_THAT(slurm_.live(), ElementsAre("b", "d", "h"));
}

TEST_F(SubmitterReviseTest, ALateAnswerOfARevisionIsTakenOverAndAnOldJobIsNot) {
    ASSERT_TRUE(submit());
    slurm_.moods["b"] = {FakeSlurm::Mood::lose_answer};
    ASSERT_TRUE(resume_with(Anew::from, "b"));
    EXPECT_THAT(slurm_.live(), ElementsAre("a", "b", "c", "d", "h"));
    const auto& current = run_.state.jobs.at(index_of(run_.plan, "b").value).current;
    ASSERT_TRUE(current);
    EXPECT_TRUE(current->adopted);
    EXPECT_EQ(current->number, 2U);
}

TEST_F(SubmitterReviseTest, APlanThatCannotBeWrittenChangesNothing) {
    ASSERT_TRUE(submit());
    std::filesystem::create_directory(frozen_plan(run_.dir, 2));  // in the way of the rename
    const auto jobs = slurm_.jobs.size();
    const auto done = resume_with(Anew::from, "b");
    ASSERT_FALSE(done);
    EXPECT_EQ(slurm_.jobs.size(), jobs);
    EXPECT_THAT(slurm_.cancelled, IsEmpty());
}

}  // namespace
}  // namespace sbraid

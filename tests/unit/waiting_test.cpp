#include "waiting.hpp"

#include <gmock/gmock.h>

#include "resumable.hpp"
#include "run_fixture.hpp"

namespace sbraid {
namespace {

class WaitingTest : public RunTest {
  protected:
    /// After so many looks everything ends like this.
    void end_after(std::size_t looks, JobState state) {
        left_ = looks;
        slurm_.before_query = [this, state] {
            if (left_-- > 1) return;
            for (auto& [id, job] : slurm_.jobs) job.state = state;
        };
    }
    Outcome wait(const WaitSettings& settings = {}) {
        run_ = load_run(run_.dir).value();
        auto journal = Journal::open({.run_dir = run_.dir, .writer = "wait"}).value();
        return wait_until_ended(app_, run_, slurm_, &journal, bounds_, settings,
                                [this](const Refreshed& seen) {
                                    stale_ = seen.stale;
                                    return true;
                                });
    }

    std::size_t left_ = 0;
    bool stale_ = false;
};

TEST_F(WaitingTest, LooksUntilAllHasEndedAndTellsHow) {
    ASSERT_TRUE(submit());
    end_after(3, JobState::completed);
    EXPECT_EQ(wait(), 0);
    EXPECT_EQ(clock_.sleeps, 2);
    EXPECT_EQ(nothing_to_resume(run_), "nothing to resume, all has ended well; ");
    EXPECT_FALSE(why_not_resumed(run_, Anew::unsuccessful));
}

TEST_F(WaitingTest, AFailedRunIsSix) {
    ASSERT_TRUE(submit());
    EXPECT_EQ(nothing_to_resume(run_), "nothing to resume, all is submitted; ");
    end_after(1, JobState::failed);
    EXPECT_EQ(wait(), 6);
}

TEST_F(WaitingTest, ACancelledRunHasNothingThatFailed) {
    ASSERT_TRUE(submit());
    end_after(1, JobState::cancelled);
    EXPECT_EQ(wait(), 6);
    const auto why = why_not_resumed(run_, Anew::failed).value();
    EXPECT_EQ(why.kind, ErrorKind::failed);
    EXPECT_EQ(why.issues.front().message,
              "nothing to resume: run " + run_.id() +
                  " was cancelled, and no task of it failed (4 tasks: 3 skipped, 1 cancelled)");
    EXPECT_EQ(why.issues.front().hint,
              "'sbraid resume " + run_operand(run_) + "' without --failed submits what was cancelled");
}

TEST_F(WaitingTest, ASilentSlurmIsWaitedFor) {
    ASSERT_TRUE(submit());
    slurm_.is_silent = true;
    const auto outcome = wait({.limit = std::chrono::seconds(60)});
    ASSERT_FALSE(outcome);
    EXPECT_TRUE(stale_);
    EXPECT_EQ(outcome.error().issues.front().message, "run " + run_.id() + " has not ended within 1m00s");
}

TEST_F(WaitingTest, ARunThatNobodySubmitsIsNotWaitedFor) {
    slurm_.moods["d"] = {FakeSlurm::Mood::refuse};
    ASSERT_FALSE(submit({.keep_partial = true}));
    const auto outcome = wait();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, ErrorKind::partial);
    EXPECT_EQ(clock_.sleeps, 0);
    EXPECT_FALSE(why_not_resumed(run_, Anew::unsuccessful));
    EXPECT_EQ(nothing_to_resume(run_), "");
}

TEST_F(WaitingTest, AFailureBehindAnAnswerGoesToStderrAlone) {
    app_.json = true;
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const auto code = already_answered(
        app_, fail(Error{.kind = ErrorKind::interrupted, .message = "interrupted", .hint = "go on"}));
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "sbraid: error: interrupted\nhint: go on\n");
    EXPECT_EQ(code, 130);
}

}  // namespace
}  // namespace sbraid

// Telling the webhook: what is sent, what is tried again, what is recorded.
#include "notifier.hpp"

#include <gmock/gmock.h>

#include <deque>
#include <fstream>

#include "io/file_lock.hpp"
#include "run_fixture.hpp"

namespace sbraid {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* k_told = R"([notify]
webhook = "https://user:pass@hooks.example.org/secret?token=1"
on = ["finished", "failed"]
[task.a]
run = "true"
)";

class NotifierTest : public RunTest {
  protected:
    NotifierTest() { end_with(JobState::completed); }

    void end_with(JobState state, std::string_view flow = k_told) {
        begin(flow);
        slurm_ = {};
        ASSERT_TRUE(submit());
        JobStatus status;
        status.key.job = JobId{100};
        status.state = state;
        auto journal = Journal::open({.run_dir = run_.dir, .writer = "status"}).value();
        for (auto& ended : observe(run_.state, run_.plan, {status}, clock_.now()))
            ASSERT_TRUE(journal.append(ended, clock_.now()));
    }
    /// Answers of the webhook: a status of HTTP, or 0 for none. The last one is repeated.
    Notifier notifier(std::deque<int> answers, Notifier::Settings settings = {}) {
        journal_.emplace(Journal::open({.run_dir = run_.dir, .writer = "notify"}).value());
        return {app_, *journal_, &interrupts_, settings, [this, answers](const HttpPost& request) mutable {
                    posts_.push_back(request);
                    const int status = answers.front();
                    if (answers.size() > 1) answers.pop_front();
                    return status == 0 ? Result<int>(Unexpected{Error{.message = "nobody is there"}})
                                       : Result<int>(status);
                }};
    }
    std::vector<Delivery> tell(std::deque<int> answers, Notifier::Settings settings = {}) {
        posts_.clear();
        testing::internal::CaptureStderr();
        auto result = notifier(std::move(answers), settings).tell(run_);
        said_ = testing::internal::GetCapturedStderr();
        return result;
    }
    /// As another process sees it.
    void read_again() { run_ = load_run(run_.dir).value(); }
    [[nodiscard]] std::string key(std::string_view occasion) const {
        return run_.id() + ":" + std::string(occasion) + ":1";
    }

    std::optional<Journal> journal_;
    std::vector<HttpPost> posts_;
    std::string said_;
};

TEST_F(NotifierTest, SendsTheBodyWithItsKeyOnceAndNobodySendsItAgain) {
    const auto told = tell({200});
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told.front().verdict, Verdict::delivered);
    ASSERT_EQ(posts_.size(), 1U);
    EXPECT_EQ(posts_.front().url, "https://user:pass@hooks.example.org/secret?token=1");
    EXPECT_THAT(posts_.front().headers,
                ElementsAre("Content-Type: application/json", "Idempotency-Key: " + key("finished")));
    EXPECT_EQ(posts_.front().body, told.front().notification.body);
    EXPECT_EQ(said_, "");
    EXPECT_THAT(tell({200}), IsEmpty()) << "by this process";
    read_again();
    EXPECT_THAT(tell({200}), IsEmpty()) << "by another one";
    EXPECT_THAT(posts_, IsEmpty());
}

TEST_F(NotifierTest, SeesWhatAnotherProcessHasToldSinceTheStateWasRead) {
    auto other = load_run(run_.dir).value();
    EXPECT_EQ(tell({200}).size(), 1U);
    run_ = std::move(other);
    EXPECT_THAT(tell({200}), IsEmpty());
    EXPECT_THAT(posts_, IsEmpty());
}

TEST_F(NotifierTest, WhileAnotherTellsItIsTriedAgainAndNeverTakenForTold) {
    const auto lock = FileLock::acquire(run_.dir + "/plan.json", {});
    ASSERT_TRUE(lock && lock->held());
    const auto told = tell({200}, {.patience = std::chrono::seconds(20)});
    EXPECT_THAT(told, IsEmpty());
    EXPECT_THAT(posts_, IsEmpty());
    EXPECT_EQ(clock_.sleeps, 4) << "and not at a stretch, which no signal would end";
    EXPECT_EQ(said_, "") << "it is the other's to say";
    EXPECT_EQ(owed(run_.plan, run_.state).size(), 1U);
}

TEST_F(NotifierTest, WhoHasToWaitForAnotherSendsWhatThatOneCouldNotAndNothingElse) {
    std::optional<FileLock> lock = FileLock::acquire(run_.dir + "/plan.json", {}).value();
    clock_.while_asleep = [&] { lock.reset(); };
    EXPECT_EQ(tell({200}).front().verdict, Verdict::delivered);
    EXPECT_EQ(posts_.size(), 1U);

    end_with(JobState::completed);
    lock = FileLock::acquire(run_.dir + "/plan.json", {}).value();
    clock_.while_asleep = [&] {
        auto other = Journal::open({.run_dir = run_.dir, .writer = "other"}).value();
        ASSERT_TRUE(
            other.append(WebhookAnswered{.occasion = "finished", .round = 1, .status = 200}, clock_.now()));
        lock.reset();
    };
    EXPECT_THAT(tell({200}), IsEmpty());
    EXPECT_THAT(posts_, IsEmpty());
    EXPECT_EQ(said_, "");
}

TEST_F(NotifierTest, OthersMayTellWhileItPauses) {
    clock_.while_asleep = [this] { EXPECT_TRUE(FileLock::acquire(run_.dir + "/plan.json", {})); };
    EXPECT_EQ(tell({503, 503, 200}).front().verdict, Verdict::delivered);
    EXPECT_EQ(clock_.sleeps, 2);
}

TEST_F(NotifierTest, ALimitIsOfAllMessagesAndOfEachRequest) {
    end_with(JobState::failed);
    testing::internal::CaptureStderr();
    EXPECT_EQ(notifier({0}).tell(run_, std::chrono::seconds(3)).size(), 2U);
    testing::internal::GetCapturedStderr();
    std::vector<std::chrono::milliseconds> timeouts;
    for (const auto& request : posts_) timeouts.push_back(request.timeout);
    using std::chrono::seconds;
    EXPECT_THAT(timeouts, ElementsAre(seconds(3), seconds(2), seconds(1), seconds(1)))
        << "after 0, 1 and 3 s; the second message has one try";
}

TEST_F(NotifierTest, ABusyWebhookIsTriedAgainWithTheSameKey) {
    EXPECT_EQ(tell({503, 0, 429, 204}).front().verdict, Verdict::delivered);
    ASSERT_EQ(posts_.size(), 4U);
    for (const auto& request : posts_) EXPECT_EQ(request.headers, posts_.front().headers);
    EXPECT_EQ(clock_.sleeps, 3);
    EXPECT_EQ(said_, "");
}

TEST_F(NotifierTest, ARefusalIsToldWithoutTheSecretAndNotRepeated) {
    const auto told = tell({404});
    EXPECT_EQ(told.front().verdict, Verdict::refused);
    EXPECT_EQ(posts_.size(), 1U);
    EXPECT_EQ(said_,
              "sbraid: warning: the webhook https://hooks.example.org/… refused 'finished' with HTTP status "
              "404, and is not told again; 'sbraid notify --again " +
                  run_operand(run_) + "' does\n");
    const std::string said = said_;
    read_again();
    EXPECT_THAT(tell({200}), IsEmpty());
    EXPECT_EQ(said_, said) << "whoever got the answer";
    EXPECT_EQ(tell({200}, {.again = true}).front().verdict, Verdict::delivered);
    EXPECT_EQ(said_, "");
    EXPECT_THAT(refusals(run_.state), IsEmpty());
}

TEST_F(NotifierTest, WithoutAnAnswerItIsOwedStill) {
    const auto told = tell({0}, {.patience = std::chrono::seconds(20)});
    EXPECT_EQ(told.front().verdict, Verdict::busy);
    EXPECT_EQ(told.front().status, std::nullopt);
    EXPECT_EQ(posts_.size(), 5U) << "after 1, 2, 4 and 8 s";
    EXPECT_EQ(said_,
              "sbraid: warning: the webhook https://hooks.example.org/… could not be told 'finished': "
              "nobody is there; 'sbraid notify " +
                  run_operand(run_) + "' tries again\n");
    read_again();
    EXPECT_EQ(tell({200}).front().verdict, Verdict::delivered);
}

TEST_F(NotifierTest, OneObjectGivesUpForGood) {
    auto one = notifier({500});
    testing::internal::CaptureStderr();
    EXPECT_EQ(one.tell(run_).size(), 1U);
    EXPECT_THAT(one.tell(run_), IsEmpty());
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("HTTP status 500"));
}

TEST_F(NotifierTest, WhatIsNotRecordedIsSentAgainWithTheSameKey) {
    auto one = notifier({200});
    std::filesystem::copy(run_.dir, run_.dir + ".before", std::filesystem::copy_options::recursive);
    std::filesystem::remove_all(run_.dir);
    testing::internal::CaptureStderr();
    EXPECT_EQ(one.tell(run_).front().verdict, Verdict::delivered);
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("may be told again"));
    std::filesystem::rename(run_.dir + ".before", run_.dir);
    const auto before = posts_.front();
    read_again();
    ASSERT_EQ(tell({200}).size(), 1U);
    EXPECT_EQ(posts_.front().headers, before.headers);
    EXPECT_EQ(posts_.front().body, before.body);
}

TEST_F(NotifierTest, AFailedRunIsToldOfTheFailureAndThenOfTheEnd) {
    end_with(JobState::failed);
    const auto told = tell({200});
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].notification.key, key("failed"));
    EXPECT_EQ(told[1].notification.key, key("finished"));
}

TEST_F(NotifierTest, TheAddressMayStandInAFileThatIsReadWhenItIsNeeded) {
    end_with(JobState::completed,
             "[notify]\nwebhook = \"file:" + folder_ + "/hook\"\n[task.a]\nrun = \"true\"\n");
    EXPECT_EQ(tell({200}).front().verdict, Verdict::busy);
    EXPECT_THAT(posts_, IsEmpty());
    EXPECT_EQ(said_, "sbraid: warning: the webhook file:" + folder_ +
                         "/hook could not be told 'finished': cannot read '" + folder_ +
                         "/hook': No such file or directory; 'sbraid notify " + run_operand(run_) +
                         "' tries again\n");
    std::ofstream(folder_ + "/hook") << "hooks.example.org/secret\n";
    EXPECT_EQ(tell({200}).front().verdict, Verdict::busy);
    EXPECT_EQ(said_, "sbraid: warning: the webhook file:" + folder_ +
                         "/hook could not be told 'finished': the URL in '" + folder_ +
                         "/hook' is none: it begins neither with https:// nor with http://; 'sbraid notify " +
                         run_operand(run_) + "' tries again\n");
    std::ofstream(folder_ + "/hook") << "https://hooks.example.org/secret \r\nand more\n";
    EXPECT_EQ(tell({200}).front().verdict, Verdict::delivered);
    EXPECT_EQ(posts_.front().url, "https://hooks.example.org/secret");
}

}  // namespace
}  // namespace sbraid

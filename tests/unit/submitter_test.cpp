#include "submitter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <deque>
#include <filesystem>
#include <fstream>

#include "plan_fixture.hpp"
#include "sbraid/journal/run_directory.hpp"

namespace sbraid {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FakeClock final : public Clock {
  public:
    [[nodiscard]] Timestamp now() const override { return now_; }
    void sleep(std::chrono::milliseconds duration, Interrupts* /*interrupts*/) override {
        now_ += duration;
        ++sleeps;
    }
    int sleeps = 0;

  private:
    Timestamp now_{std::chrono::milliseconds(1'767'225'600'000)};
};

/// A Slurm with a memory, that can be told to misbehave at the next submission of a task.
class FakeSlurm final : public Backend {
  public:
    enum class Mood { refuse, busy, lose_answer, lose_request, submit_twice };
    struct Job {
        Token token;
        std::string dependency;
        bool held = false;
        JobState state = JobState::pending;
    };
    std::map<std::uint32_t, Job> jobs;
    std::map<std::string, std::deque<Mood>> moods;
    std::vector<std::uint32_t> released;
    std::vector<std::string> cancelled;  ///< names, in order
    std::uint32_t next_id = 100;

    [[nodiscard]] std::string name() const override { return "fake"; }
    void submit(std::span<const SubmitRequest> requests,
                const std::function<bool(std::size_t, SubmitOutcome)>& done) override {
        for (std::size_t i = 0; i < requests.size(); ++i) {
            if (!done(i, answer(requests[i]))) return;
        }
    }
    Result<std::vector<FoundJob>> find(const std::string& run) override {
        std::vector<FoundJob> found;
        for (const auto& [id, job] : jobs) {
            if (job.token.run == run) found.push_back({.token = job.token, .status = status(id, job)});
        }
        return found;
    }
    Result<std::vector<JobStatus>> query(std::span<const JobId> /*ids*/) override { std::abort(); }
    Result<std::optional<std::vector<SacctRow>>> account(std::span<const JobId> /*ids*/,
                                                         Timestamp /*since*/) override {
        std::abort();
    }
    Result<void> cancel(std::span<const JobKey> keys) override {
        for (const auto& key : keys) {
            jobs.at(key.job.value).state = JobState::cancelled;
            cancelled.push_back(jobs.at(key.job.value).token.job);
        }
        return {};
    }
    Result<void> release(std::span<const ReleaseRequest> requests) override {
        for (const auto& request : requests) {
            jobs.at(request.id.value).held = false;
            released.push_back(request.id.value);
        }
        return {};
    }
    [[nodiscard]] const std::map<std::string, std::size_t>& calls() const override { std::abort(); }

    [[nodiscard]] std::vector<std::string> live() const {
        std::vector<std::string> names;
        for (const auto& [id, job] : jobs) {
            if (!is_terminal(job.state)) names.push_back(job.token.job);
        }
        std::sort(names.begin(), names.end());
        return names;
    }

  private:
    static JobStatus status(std::uint32_t id, const Job& job) {
        JobStatus result;
        result.key.job = JobId{id};
        result.state = job.state;
        return result;
    }
    std::uint32_t add(const SubmitRequest& request) {
        jobs[next_id] = {
            .token = {.run = request.plan->run, .job = request.job->name(), .submission = request.how.number},
            .dependency = dependency(*request.job, request.how),
            .held = request.how.held};
        return next_id++;
    }
    SubmitOutcome answer(const SubmitRequest& request) {
        auto& queue = moods[request.job->name()];
        if (queue.empty()) return Submitted{.id = JobId{add(request)}, .cluster = {}};
        const auto mood = queue.front();
        queue.pop_front();
        switch (mood) {
            case Mood::refuse:
                return Refused{.message = "sbatch: error: invalid partition specified: moon"};
            case Mood::busy:
                return Busy{.message = "Unable to contact slurm controller (connect failure)"};
            case Mood::lose_answer:
                add(request);
                return Unclear{.message = "Socket timed out on send/recv operation"};
            case Mood::lose_request:
                return Unclear{.message = "Socket timed out on send/recv operation"};
            case Mood::submit_twice:
                add(request);
                return Submitted{.id = JobId{add(request)}, .cluster = {}};
        }
        std::abort();
    }
};

constexpr const char* k_diamond = R"([task.a]
run = "true"
[task.b]
afterok = ["a"]
run = "true"
[task.c]
afterok = ["a"]
run = "true"
[task.d]
afterok = ["b", "c"]
run = "true"
)";

class SubmitterTest : public testing::Test {
  protected:
    SubmitterTest() {
        char pattern[] = "/tmp/sbraid-submitter-test-XXXXXX";
        folder_ = ::mkdtemp(pattern);
        const auto text = std::string("name = \"flow\"\n") + k_diamond;
        run_.plan = plan_of(text);
        run_.dir = run_.plan.run_dir = folder_ + "/run";
        EXPECT_TRUE(create_run_dir(run_.dir));
        EXPECT_TRUE(write_durably(run_.dir + "/workflow.toml", text));
        EXPECT_TRUE(write_durably(run_.dir + "/plan.json", to_json(run_.plan)));
        run_.state = replay(run_.plan, {});
        app_.quiet = true;
    }
    ~SubmitterTest() override { std::filesystem::remove_all(folder_); }

    tl::expected<void, Failure> submit(Submitter::Settings settings = {}) {
        auto journal = Journal::open({.run_dir = run_.dir, .writer = "test"}).value();
        Interrupts interrupts;
        return Submitter(app_, run_, slurm_, journal, interrupts, settings).submit_all();
    }
    /// As a new process would: the state comes from the file.
    tl::expected<void, Failure> resume() {
        run_ = load_run(run_.dir).value();
        auto journal = Journal::open({.run_dir = run_.dir, .writer = "test2"}).value();
        Interrupts interrupts;
        Submitter submitter(app_, run_, slurm_, journal, interrupts, {});
        if (auto adopted = submitter.adopt(); !adopted) return adopted;
        return submitter.submit_all();
    }

    std::string folder_;
    FakeClock clock_;
    App app_{.environment = {},
             .clock = clock_,
             .out = Terminal(1, {}, ColourChoice::never),
             .err = Terminal(2, {}, ColourChoice::never)};
    sbraid::Run run_;
    FakeSlurm slurm_;
};

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
                HasSubstr("'sbraid resume flow-20260101T000000-5f3a9c' goes on"));
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

TEST_F(SubmitterTest, ResumeOfAFinishedSubmissionChangesNothing) {
    ASSERT_TRUE(submit());
    const auto released = slurm_.released;
    ASSERT_TRUE(resume());
    EXPECT_EQ(slurm_.jobs.size(), 4U);
    EXPECT_EQ(slurm_.released, released);
}

}  // namespace
}  // namespace sbraid

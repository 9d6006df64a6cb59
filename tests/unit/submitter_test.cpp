#include "submitter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

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
    enum class Mood { refuse, limit, busy, lose_answer, lose_request, submit_twice };
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
    std::set<std::uint32_t> forgotten;  ///< ids that squeue lists no longer
    std::optional<std::vector<SacctRow>> accounting;
    std::function<void()> before_cancel;
    std::function<void()> before_find;

    [[nodiscard]] std::string name() const override { return "fake"; }
    void submit(std::span<const SubmitRequest> requests,
                const std::function<bool(std::size_t, SubmitOutcome)>& done) override {
        for (std::size_t i = 0; i < requests.size(); ++i) {
            if (!done(i, answer(requests[i]))) return;
        }
    }
    Result<std::vector<FoundJob>> find(const std::string& run) override {
        if (before_find) before_find();
        std::vector<FoundJob> found;
        for (const auto& [id, job] : jobs) {
            if (!forgotten.contains(id) && job.token.run == run)
                found.push_back({.token = job.token, .status = status(id, job)});
        }
        return found;
    }
    Result<std::vector<JobStatus>> query(std::span<const JobId> ids) override {
        std::vector<JobStatus> listed;
        for (const auto id : ids) {
            const auto job = jobs.find(id.value);
            if (job != jobs.end() && !forgotten.contains(id.value))
                listed.push_back(status(id.value, job->second));
        }
        return listed;
    }
    Result<std::vector<JobStatus>> look_up(std::span<const JobId> ids) override { return query(ids); }
    Result<std::optional<std::vector<SacctRow>>> account(std::span<const JobId> /*ids*/,
                                                         Timestamp /*since*/) override {
        if (accounting) return std::optional(*accounting);
        return std::optional<std::vector<SacctRow>>{};
    }
    Result<void> cancel(std::span<const JobKey> keys) override {
        if (before_cancel) before_cancel();
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
            case Mood::limit:
                return Refused{.message = "sbatch: error: QOSMaxSubmitJobPerUserLimit"};
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
        begin(k_diamond);
        app_.quiet = true;
    }
    void begin(std::string_view tasks) {
        const auto text = std::string("name = \"flow\"\n").append(tasks);
        std::filesystem::remove_all(folder_ + "/run");
        run_ = {};
        run_.plan = plan_of(text);
        run_.dir = run_.plan.run_dir = folder_ + "/run";
        EXPECT_TRUE(create_run_dir(run_.dir));
        EXPECT_TRUE(write_durably(run_.dir + "/workflow.toml", text));
        EXPECT_TRUE(write_durably(run_.dir + "/plan.json", to_json(run_.plan)));
        run_.state = replay(run_.plan, {});
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

TEST_F(SubmitterTest, ALimitIsNeverWaitedForAndIsNamed) {
    slurm_.moods["c"] = {FakeSlurm::Mood::limit};
    const auto done = submit();
    ASSERT_FALSE(done);
    EXPECT_EQ(clock_.sleeps, 0);
    EXPECT_THAT(slurm_.live(), IsEmpty());
    EXPECT_THAT(done.error().issues.front().hint,
                HasSubstr("the limit QOSMaxSubmitJobPerUserLimit is reached"));
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
                HasSubstr("'sbraid resume flow-20260101T000000-5f3a9c' again"));
    EXPECT_EQ(slurm_.jobs.size(), jobs_before);
    EXPECT_THAT(slurm_.released, IsEmpty());
}

TEST_F(SubmitterTest, APatienceEndsAlsoWhileSqueueAnswers) {
    slurm_.moods["a"] = std::deque<FakeSlurm::Mood>(1000, FakeSlurm::Mood::lose_request);
    const auto done = submit({.patience = std::chrono::seconds(100)});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::slurm);
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

TEST_F(SubmitterTest, ResumeOfAFinishedSubmissionChangesNothing) {
    ASSERT_TRUE(submit());
    const auto released = slurm_.released;
    ASSERT_TRUE(resume());
    EXPECT_EQ(slurm_.jobs.size(), 4U);
    EXPECT_EQ(slurm_.released, released);
}

}  // namespace
}  // namespace sbraid

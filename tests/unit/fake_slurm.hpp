#pragma once

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "backend/backend.hpp"
#include "io/clock.hpp"

namespace sbraid {

class FakeClock final : public Clock {
  public:
    [[nodiscard]] Timestamp now() const override { return now_; }
    void sleep(std::chrono::milliseconds duration, Interrupts* /*interrupts*/) override {
        now_ += duration;
        ++sleeps;
        if (while_asleep) while_asleep();
    }
    int sleeps = 0;
    std::function<void()> while_asleep;

  private:
    Timestamp now_{std::chrono::milliseconds(1'767'225'600'000)};
};

/// A Slurm with a memory, that can be told to misbehave at the next submission of a task.
class FakeSlurm final : public Backend {
  public:
    /// arrive_late, arrive_later: no answer, and a job that the next find, or the next two, do not show yet.
    enum class Mood {
        refuse,
        limit,
        busy,
        lose_answer,
        lose_request,
        arrive_late,
        arrive_later,
        submit_twice,
        unavailable
    };
    struct Job {
        Token token;
        std::string dependency;
        bool held = false;
        JobState state = JobState::pending;
        std::vector<std::uint32_t> elements{};  ///< of an array: listed one by one
        [[nodiscard]] std::size_t size() const { return std::max<std::size_t>(elements.size(), 1); }
    };
    std::map<std::uint32_t, Job> jobs;
    std::map<std::string, std::deque<Mood>> moods;
    std::vector<std::uint32_t> released;
    std::vector<std::string> cancelled;  ///< names, in order
    std::uint32_t next_id = 100;
    std::optional<std::size_t> submit_limit;  ///< MaxSubmitJobs
    bool goes_on_after_refusal = false;       ///< all submissions of a level are under way at once
    std::set<std::uint32_t> forgotten;        ///< ids that squeue lists no longer
    std::optional<std::vector<SacctRow>> accounting;
    std::string accounting_trouble;
    std::function<void()> before_submit;
    std::function<void()> before_cancel;
    std::function<void()> before_find;
    std::function<void()> before_query;
    bool is_silent = false;                    ///< squeue and scancel get no answer
    std::map<std::string, std::size_t> asked;  ///< how often: find, query, account

    [[nodiscard]] std::string name() const override { return "fake"; }
    void submit(std::span<const SubmitRequest> requests,
                const std::function<bool(std::size_t, SubmitOutcome)>& done) override {
        if (before_submit) before_submit();
        for (std::size_t i = 0; i < requests.size(); ++i) {
            if (!done(i, answer(requests[i])) && !goes_on_after_refusal) return;
        }
    }
    Result<std::vector<FoundJob>> find(const std::string& run) override {
        ++asked["find"];
        if (before_find) before_find();
        if (is_silent) return no_answer();
        std::vector<FoundJob> found;
        for (const auto& [id, job] : jobs) {
            if (forgotten.contains(id) || job.token.run != run) continue;
            for (auto& one : statuses(id, job))
                found.push_back({.token = job.token, .status = std::move(one)});
        }
        for (auto& [finds, job] : on_their_way_) {
            if (--finds == 0) jobs[next_id++] = job;
        }
        std::erase_if(on_their_way_, [](const auto& one) { return one.first == 0; });
        return found;
    }
    Result<std::vector<JobStatus>> query(std::span<const JobId> ids) override {
        ++asked["query"];
        if (before_query) before_query();
        if (is_silent) return no_answer();
        std::vector<JobStatus> listed;
        for (const auto id : ids) {
            const auto job = jobs.find(id.value);
            if (job == jobs.end() || forgotten.contains(id.value)) continue;
            for (auto& one : statuses(id.value, job->second)) listed.push_back(std::move(one));
        }
        return listed;
    }
    Result<std::vector<JobStatus>> look_up(std::span<const JobId> ids) override { return query(ids); }
    Result<std::optional<std::vector<SacctRow>>> account(std::span<const JobId> /*ids*/,
                                                         Timestamp /*since*/) override {
        ++asked["account"];
        if (!accounting_trouble.empty())
            return Unexpected{Error{.kind = ErrorKind::slurm, .message = accounting_trouble}};
        if (accounting) return std::optional(*accounting);
        return std::optional<std::vector<SacctRow>>{};
    }
    Result<void> cancel(std::span<const JobKey> keys) override {
        if (before_cancel) before_cancel();
        if (is_silent) return no_answer();
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

    /// Jobs and elements that count against a limit.
    [[nodiscard]] std::size_t queued() const {
        std::size_t count = 0;
        for (const auto& [id, job] : jobs) count += is_terminal(job.state) ? 0 : job.size();
        return count;
    }
    /// The first job that nothing keeps from running has run.
    void run_one() {
        const auto can_run = [this](const Job& job) {
            if (job.held || is_terminal(job.state)) return false;
            std::string text = job.dependency;
            std::replace_if(
                text.begin(), text.end(), [](char c) { return c < '0' || c > '9'; }, ' ');
            std::istringstream ids{text};
            for (std::uint32_t id = 0; ids >> id;)
                if (jobs.at(id).state != JobState::completed) return false;
            return true;
        };
        for (auto& [id, job] : jobs) {
            if (!can_run(job)) continue;
            job.state = JobState::completed;
            return;
        }
    }

  private:
    static Unexpected no_answer() {
        return Unexpected{Error{.kind = ErrorKind::slurm,
                                .message = "Unable to contact slurm controller (connect failure)"}};
    }
    static std::vector<JobStatus> statuses(std::uint32_t id, const Job& job) {
        JobStatus result;
        result.key.job = JobId{id};
        result.state = job.state;
        result.comment = to_string(job.token);
        std::vector<JobStatus> all(std::max<std::size_t>(job.elements.size(), 1), result);
        for (std::size_t i = 0; i < job.elements.size(); ++i) all[i].key.element = job.elements[i];
        return all;
    }
    static Job made(const SubmitRequest& request) {
        return {
            .token = {.run = request.plan->run, .job = request.job->name(), .submission = request.how.number},
            .dependency = dependency(*request.job, request.how),
            .held = request.how.held,
            .elements = request.job->array ? request.job->array->indexes() : std::vector<std::uint32_t>{}};
    }
    std::uint32_t add(const SubmitRequest& request) {
        jobs[next_id] = made(request);
        return next_id++;
    }
    SubmitOutcome answer(const SubmitRequest& request) {
        if (submit_limit && queued() + made(request).size() > *submit_limit)
            return Refused{.message = "sbatch: error: AssocMaxSubmitJobLimit"};
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
            case Mood::arrive_late:
            case Mood::arrive_later:
                on_their_way_.emplace_back(mood == Mood::arrive_late ? 1 : 2, made(request));
                return Unclear{.message = "Socket timed out on send/recv operation"};
            case Mood::unavailable:
                return Unavailable{.message = "there is no sbatch in PATH"};
            case Mood::submit_twice:
                add(request);
                return Submitted{.id = JobId{add(request)}, .cluster = {}};
        }
        std::abort();
    }

    std::vector<std::pair<int, Job>> on_their_way_;  ///< and how many finds do not show it
};

}  // namespace sbraid

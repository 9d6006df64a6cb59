#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "plan_fixture.hpp"
#include "sbraid/run_state.hpp"

namespace sbraid {

inline Timestamp at_s(std::int64_t seconds) {
    return Timestamp{std::chrono::seconds{seconds}};
}

/// A run whose state is made by events, one a second from 1000 on. Jobs get the ids 101, 102... in the order
/// of the plan.
class World {
  public:
    explicit World(std::string_view toml) : plan(plan_of("name = \"flow\"\n" + std::string{toml})) {
        say(RunCreated{plan.run, "flow", "ada", "login1", "0"});
    }

    void say(Event event) {
        records.push_back({"w", records.size() + 1, at_s(static_cast<std::int64_t>(1000 + records.size())),
                           std::move(event)});
        apply(state, plan, records.back());
    }
    /// The time of the next record.
    [[nodiscard]] Timestamp now_s() const { return at_s(static_cast<std::int64_t>(1000 + records.size())); }
    void submit(std::string_view job, std::uint32_t number = 1, std::uint32_t id = 0) {
        say(JobSubmitted{std::string{job}, number, id == 0 ? this->id(job) : JobId{id}, "", "", true, false});
    }
    void submit_all() {
        std::vector<JobId> ids;
        for (const PlannedJob& job : plan.jobs) {
            submit(job.name());
            ids.push_back(id(job.name()));
        }
        say(JobsReleased{ids});
        say(RunSubmitted{});
    }
    [[nodiscard]] JobId id(std::string_view job) const { return JobId{101 + index(job)}; }
    [[nodiscard]] std::uint32_t index(std::string_view job) const { return index_of(plan, job).value; }

    [[nodiscard]] JobStatus status(std::string_view job, JobState job_state,
                                   std::optional<std::uint32_t> element = std::nullopt) const {
        JobStatus result;
        result.key = {id(job), element};
        result.state = job_state;
        result.raw_state = to_string(job_state);
        if (job_state != JobState::pending && job_state != JobState::cancelled) result.nodes = "n1";
        return result;
    }
    void slurm_says(std::string_view job, JobState job_state,
                    std::optional<std::uint32_t> element = std::nullopt) {
        for (ElementEnded& event : observe(state, plan, {status(job, job_state, element)}, now_s()))
            say(std::move(event));
    }
    ElementState& element(std::string_view job, std::size_t i = 0) {
        return state.jobs.at(index(job)).elements.at(i);
    }
    JobState state_of(std::string_view job, std::size_t i = 0) { return element(job, i).status.state; }

    std::vector<std::string> dead() {
        std::vector<std::string> names;
        for (const Dead& one : find_dead_keys(state, plan)) {
            std::string name = plan.jobs[one.job.value].name();
            if (one.key.element) name += "[" + std::to_string(*one.key.element) + "]";
            names.push_back(std::move(name));
        }
        return names;
    }
    RunPhase now(bool being_submitted = false) { return phase(state, plan, being_submitted); }

    SubmissionPlan plan;
    std::vector<Record> records;
    RunState state;
};

inline constexpr std::string_view k_chain = R"(
[task.prep]
run = "true"
[task.train]
run = "true"
afterok = ["prep"]
[task.alarm]
run = "true"
afternotok = ["train"]
)";

}  // namespace sbraid

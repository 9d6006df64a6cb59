#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sbraid/plan.hpp"
#include "sbraid/run_state.hpp"
#include "sbraid/table.hpp"

// What `sbraid status` and `sbraid list` show: a run's plan and state as rows, then as a table or as JSON.

namespace sbraid {

/// One element (or a task without elements) of a run.
struct StatusRow {
    JobIndex job;                        ///< of the plan
    std::optional<std::uint32_t> index;  ///< of the element, as Slurm has it
    std::string task;
    std::optional<std::string> element;  ///< "3"
    std::string job_id;                  ///< as squeue's %i; empty: no job
    JobState state = JobState::unsubmitted;
    std::optional<int> exit_code, signal;
    std::optional<Timestamp> submit, start, end;
    std::optional<Timestamp> forecast;  ///< JobStatus::forecast
    std::string nodes;
    std::string reason;  ///< Slurm's word
    std::uint32_t attempts = 0;
    std::uint32_t allocations = 0;  ///< how many jobs of Slurm's those were; differs where they were in place
    std::string why;  ///< in words: why it waits, how it failed, why it never ran; empty when all is well
};

/// Every element of every task, in the order of the plan; the parts of a task that was cut stand together.
/// `state` must be of this plan (run_state.hpp, replay()).
[[nodiscard]] std::vector<StatusRow> status_rows(const SubmissionPlan& plan, const RunState& state);

/// For people: one row a task, the elements of an array counted ("12 done, 3 running, 1 failed"), and, where
/// something was started more than once, how often. `now` is for how long what runs has been running.
[[nodiscard]] TextTable status_table(const std::vector<StatusRow>& rows, Timestamp now);

/// For programs (-P): one row an element; the columns are the keys of the JSON in the same order, times are
/// epoch seconds, what is not known is empty.
[[nodiscard]] TextTable status_parsable(const std::vector<StatusRow>& rows);

/// `sbraid.status/1`, one line with its newline. `stale`: Slurm could not be asked.
[[nodiscard]] std::string status_json(const SubmissionPlan& plan, RunPhase phase, bool stale,
                                      const std::vector<StatusRow>& rows);

/// "16 tasks: 12 done, 4 pending", elements counted; for the line above the table.
[[nodiscard]] std::string status_summary(const std::vector<StatusRow>& rows);

/// One run, for `sbraid list`.
struct RunRow {
    std::string run, workflow;
    RunPhase phase = RunPhase::submitting;
    bool stale = false;  ///< it had not ended when it was last looked at, and Slurm could not be asked now
    std::optional<Timestamp> created;
    std::string user, host;
    std::string dir;
    std::size_t tasks = 0;               ///< of the workflow
    std::size_t elements = 0, done = 0;  ///< done: COMPLETED
    std::size_t failed = 0;
};
[[nodiscard]] RunRow run_row(const SubmissionPlan& plan, const RunState& state, RunPhase phase);
/// For people; `now` is for the age.
[[nodiscard]] TextTable list_table(const std::vector<RunRow>& runs, Timestamp now);
[[nodiscard]] TextTable list_parsable(const std::vector<RunRow>& runs);
/// `sbraid.list/1`, one line with its newline.
[[nodiscard]] std::string list_json(const std::vector<RunRow>& runs);

}  // namespace sbraid

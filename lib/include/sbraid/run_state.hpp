#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sbraid/event.hpp"
#include "sbraid/plan.hpp"
#include "sbraid/record.hpp"

namespace sbraid {

enum class RunPhase { submitting, partial, running, succeeded, failed, cancelled };
[[nodiscard]] std::string_view to_string(RunPhase phase);

/// What is known of one element of a task (element absent: a task without an array).
struct ElementState {
    std::optional<std::uint32_t> element;
    JobStatus status;  ///< the last that was heard; state unsubmitted before anything was
    std::uint32_t attempts = 0;
    bool final = false;  ///< by Slurm's own word, or skipped
    std::string why;     ///< in words, where we know more than Slurm: "parent 'train' failed"
};

struct JobRecord {
    std::uint32_t submissions = 0;        ///< highest number ever used
    std::optional<JobSubmitted> current;  ///< the job that counts now
    std::optional<Timestamp> submitted_at;
    std::string refused;                 ///< Slurm's words, when the last submission was refused
    bool released = false;               ///< or never held
    bool cancelled = false;              ///< by us
    std::string skipped;                 ///< why, when it will never run
    std::vector<ElementState> elements;  ///< ascending; exactly one for a job without array
};

struct RankState {
    StepKey where;
    std::uint32_t rank = 0;
    std::optional<Timestamp> start, end;
    std::optional<RankEnded> ended;
};

/// The memory of a run: a fold of its events over its plan.
struct RunState {
    std::optional<RunCreated> created;
    std::optional<Timestamp> created_at;
    std::vector<JobRecord> jobs;  ///< parallel to SubmissionPlan::jobs
    bool submitted = false;       ///< RunSubmitted was said after the last submission
    bool rolled_back = false;
    std::vector<StepStarted> steps;
    std::vector<StepEnded> steps_ended;
    std::vector<RankState> ranks;
    std::vector<GpuUsed> gpus;
};

/// Folds the records (as merge() orders them) over the plan. Events of jobs that the plan does not know are
/// ignored.
[[nodiscard]] RunState replay(const SubmissionPlan& plan, const std::vector<Record>& records);
void apply(RunState& state, const SubmissionPlan& plan, const Record& record);

/// Takes what Slurm says now into the state (not into the file): statuses of elements that are not final yet.
/// Returns the ElementEnded events worth recording.
std::vector<ElementEnded> observe(RunState& state, const SubmissionPlan& plan,
                                  const std::vector<JobStatus>& statuses);

/// Marks as skipped what can never run, computed over the graph (DESIGN section 6.6), with the reason in
/// words; returns the jobs that became so now and are still in the queue.
std::vector<JobIndex> find_dead(RunState& state, const SubmissionPlan& plan);

[[nodiscard]] RunPhase phase(const RunState& state, const SubmissionPlan& plan);

}  // namespace sbraid

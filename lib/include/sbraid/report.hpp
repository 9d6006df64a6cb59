#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sbraid/gpu_use.hpp"
#include "sbraid/job_state.hpp"
#include "sbraid/plan.hpp"
#include "sbraid/run_state.hpp"
#include "sbraid/table.hpp"

// `sbraid report`: what every task asked for and what it did with it. A pure join of a run's plan, its state
// file and sacct.

namespace sbraid {

/// An out-of-memory kill in a task.
struct OutOfMemory {
    std::string step;  ///< "batch", "0"; empty: not known
    /// What the step was allowed on all its nodes together, where sacct tells.
    std::optional<std::int64_t> limit_bytes;
    std::int64_t nodes = 1;
};

/// What all attempts of an element had together, as sacct has it; of those that run, so far.
struct Totals {
    std::optional<std::int64_t> elapsed_s;
    std::optional<double> cpu_used_s;   ///< of those that have ended
    std::optional<std::int64_t> gpu_s;  ///< GPUs that it was given (AllocTRES) times elapsed
};

/// One element (or a task without elements). What it used (times, CPU, memory, GPUs) is that of its last
/// attempt, but for `total`; `attempts` counts all, and `wait_s` and `ineligible_s` are those of the first.
/// What is not known is absent.
struct ReportRow {
    std::string run, task;
    std::optional<std::string> element;
    std::string job_id;  ///< empty: no job
    JobState state = JobState::unsubmitted;
    std::optional<int> exit_code, signal;
    std::uint32_t attempts = 0;
    /// In the queue: from when Slurm could have started it (sacct's Eligible) to the start.
    std::optional<std::int64_t> wait_s;
    /// Before that: from submission until its parents had ended, its begin time had come and nobody held it.
    std::optional<std::int64_t> ineligible_s;
    std::optional<std::int64_t> elapsed_s;  ///< so far, while it runs
    std::optional<std::int64_t> cpus_asked;
    std::optional<double> cpu_used_s;
    std::optional<double> cpu_efficiency;  ///< 0..1, of the CPUs that it was given
    std::optional<std::int64_t> mem_asked_bytes;
    /// Of the step that used most, all its ranks together (TRESUsageInTot; where that is absent MaxRSS).
    /// These are samples: of a step that was killed for memory it is the limit that it reached, and not known
    /// where that is of several nodes.
    std::optional<std::int64_t> mem_max_bytes;
    std::optional<OutOfMemory> out_of_memory;
    std::optional<std::int64_t> gpus_asked;  ///< by ReqTRES, else by the plan's options
    GpuUse gpu;
    Totals total;
    std::vector<std::string> warnings;
    bool little_memory =
        false;        ///< it used little of the memory it asked for: the last of `warnings` says so
    std::string why;  ///< in words: how it failed or why it never ran
};

/// One run's part of a report.
struct RunReport {
    std::string run, workflow, dir;
    RunPhase phase = RunPhase::submitting;
    std::optional<Timestamp> created;
    bool accounting = false;      ///< sacct was asked and answered
    bool simulated = false;       ///< some of the GPU numbers come from a simulated GPU library
    std::vector<ReportRow> rows;  ///< every element, in the order of the plan
};

/// `accounting`: sacct's rows of the run's jobs, absent where accounting is off; rows of other jobs and of
/// earlier jobs with the same ids are ignored. `now` is for what is still running.
[[nodiscard]] RunReport report(const SubmissionPlan& plan, const RunState& state, RunPhase phase,
                               const std::optional<std::vector<SacctRow>>& accounting, Timestamp now);

/// Renderings: report_view.cpp. Each says so wherever numbers come from a simulated GPU.

/// For people, at most `width` columns (0: unlimited; what does not fit stands below): a head, a row a task
/// or element, under it a line a GPU and a line a warning. Elements beyond the eighth of a task are summed up
/// unless something is wrong with them; that none of them used the memory they asked for is said once for the
/// task.
[[nodiscard]] std::string render_report(const std::vector<RunReport>& runs, std::size_t width);

/// For -P and --csv: one row an element with the totals of its GPUs.
[[nodiscard]] TextTable report_table(const std::vector<RunReport>& runs);

/// For -P and --csv by GPU: one row a GPU and rank.
[[nodiscard]] TextTable report_gpu_table(const std::vector<RunReport>& runs);

/// `sbraid.report/1`, one line with its newline.
[[nodiscard]] std::string report_json(const std::vector<RunReport>& runs);

}  // namespace sbraid

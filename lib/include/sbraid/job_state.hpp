#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sbraid/ids.hpp"
#include "sbraid/result.hpp"

namespace sbraid {

using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// Slurm's job states by Slurm's long names, and three of our own (after `unknown`).
/// `unknown` is a state that a newer Slurm has invented: shown raw, counted as not finished.
enum class JobState {
    pending,
    running,
    suspended,
    completing,
    configuring,
    requeued,
    requeue_hold,
    requeue_fed,
    resizing,
    signaling,
    special_exit,
    stage_out,
    stopped,
    power_up_node,
    expediting,
    resv_del_hold,
    revoked,
    update_db,
    completed,
    boot_fail,
    cancelled,
    deadline,
    failed,
    node_fail,
    out_of_memory,
    preempted,
    timeout,
    launch_failed,
    reconfig_fail,
    unknown,
    unsubmitted,  ///< no job of ours yet
    skipped,      ///< its dependency became impossible
    lost          ///< neither squeue nor sacct knows it, for long enough
};

/// `OUT_OF_MEMORY`; for our own `UNSUBMITTED`, `SKIPPED`, `LOST`.
[[nodiscard]] std::string_view to_string(JobState state);
/// Long or short names (`R`), with suffixes (`CANCELLED by 1000`, `RUNNING+`) ignored; unknown ones give
/// `unknown`. Of several joined by commas (`COMPLETED,COMPLETING`) the one that squeue would show: a flag
/// such as COMPLETING or REQUEUED before the state below it.
[[nodiscard]] JobState parse_job_state(std::string_view text);
/// Nothing can happen to it any more. True for PREEMPTED, NODE_FAIL and REVOKED too, although a requeue may
/// follow them: they are terminal only as the last word of sacct.
[[nodiscard]] bool is_terminal(JobState state);
[[nodiscard]] bool is_success(JobState state);  ///< COMPLETED
/// Ended and counts as a failure of the run: not COMPLETED, not SKIPPED.
[[nodiscard]] bool is_failure(JobState state);

/// What Slurm says of one job or element at one moment.
struct JobStatus {
    JobKey key;
    JobId raw;  ///< Slurm's own id of this element (SLURM_JOB_ID inside it); 0 unknown
    std::string cluster;
    JobState state = JobState::unknown;
    std::string raw_state;  ///< as Slurm spelled it
    /// Only of an ended job. A job that a signal ended has no exit code; Slurm's own pseudo-signals (`0:125`
    /// for out of memory) are no signal: the state says it.
    std::optional<int> exit_code;
    std::optional<int> signal;
    std::optional<Timestamp> submit, start, end;  ///< what was, never Slurm's forecast
    std::optional<Timestamp> forecast;  ///< when Slurm expects to start what is pending; squeue only
    std::string nodes;                  ///< Slurm's hostlist; empty when none
    std::string reason;                 ///< Slurm's reason; empty when it says None
    std::string comment;                ///< whole, with any newline
    std::uint32_t restarts = 0;         ///< squeue only; sacct shows a row for each instead
    std::string user;
};

/// An environment variable that a query needs.
struct QueryVariable {
    const char* name;
    const char* value;
};
/// For squeue and sacct: times as epoch seconds; SLURM_BITSTR_LEN=0 lets squeue print the index list of a
/// pending array whole, which it otherwise cuts at 64 bytes.
extern const std::vector<QueryVariable> k_query_environment;

/// squeue is called with squeue_arguments() and k_query_environment; add `--jobs=`, `--user=`, `--name=`.
/// Not `--format` but `--Format`: only that knows exit codes and restarts, and size 0 prints a field whole.
/// Fields end with the unit separator (0x1f), so a comment may hold `|` and newlines.
extern const char* const k_squeue_format;
[[nodiscard]] std::vector<std::string> squeue_arguments();
/// A pending array stands in one record as `12_[3-7%2]`: it is expanded here, ascending. Error (slurm) that
/// quotes the first record that is not understood.
[[nodiscard]] Result<std::vector<JobStatus>> parse_squeue(std::string_view output);

/// A row of sacct: an allocation (states, times, what was asked) or one of its steps (use).
struct SacctRow {
    JobStatus status;  ///< of the allocation (or step)
    std::string step;  ///< empty for the allocation; "batch", "extern", "0"...
    std::string submit_line;
    /// From when Slurm could have started it: its parents had ended, its begin time had come and nobody held
    /// it. Absent while that is not so.
    std::optional<Timestamp> eligible;
    std::string req_tres, alloc_tres;  ///< `cpu=1,gres/gpu:h100=4,mem=2G,node=1`; see tres.hpp
    std::optional<std::int64_t> elapsed_s, cpu_time_us;
    std::optional<std::int64_t> max_rss_bytes;  ///< of the largest rank of the step
    std::optional<std::int64_t>
        total_rss_bytes;                        ///< sum over the ranks of each one's largest (TRESUsageInTot)
    std::optional<std::int64_t> req_mem_bytes;  ///< of the whole job; absent when it asked for whole nodes
    std::optional<std::int64_t> alloc_cpus, time_limit_s;
    std::optional<std::int64_t> req_cpus, node_count, ranks;
};
/// sacct is called with sacct_arguments() and k_query_environment; add `--jobs=` and always `--starttime=`
/// (the default window begins at midnight).
extern const char* const k_sacct_format;
[[nodiscard]] std::vector<std::string> sacct_arguments();
/// Every row as sacct gave it: each requeue of a job has its own (--duplicates), in the order of time;
/// elements that are still pending (`12_[3-7]`) are expanded. Same error as parse_squeue().
/// Seen on 22.05: an array that was cancelled before any element started has one row, without an element,
/// speaking for all of them; a single element that was cancelled while it was pending has no row, and squeue
/// forgets it at once.
[[nodiscard]] Result<std::vector<SacctRow>> parse_sacct(std::string_view output);

}  // namespace sbraid

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
    lost          ///< neither squeue nor sacct knows it, twice
};

/// `OUT_OF_MEMORY`; for our own `UNSUBMITTED`, `SKIPPED`, `LOST`.
[[nodiscard]] std::string_view to_string(JobState state);
/// Long or short names (`R`), with suffixes (`CANCELLED by 1000`, `RUNNING+`) ignored; unknown ones give
/// `unknown`.
[[nodiscard]] JobState parse_job_state(std::string_view text);
/// Nothing can happen to it any more. PREEMPTED and NODE_FAIL are terminal only as the last word of sacct.
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
    std::optional<int> exit_code;
    std::optional<int> signal;
    std::optional<Timestamp> submit, start, end;
    std::string nodes;   ///< Slurm's hostlist; empty when none
    std::string reason;  ///< Slurm's reason while pending
    std::string comment;
    std::uint32_t restarts = 0;
    std::string user;
};

/// squeue is called as `squeue --noheader --format=<k_squeue_format>` with SLURM_TIME_FORMAT=%s in its
/// environment. A pending array stands in one line as `12_[3-7%2]`: it is expanded here.
extern const char* const k_squeue_format;
[[nodiscard]] Result<std::vector<JobStatus>> parse_squeue(std::string_view output);

/// sacct is called as `sacct --noheader --parsable2 --duplicates --format=<k_sacct_format>` likewise. Steps
/// give usage, allocations give states. See usage.hpp / report.hpp for the rest.
struct SacctRow {
    JobStatus status;  ///< of the allocation (or step)
    std::string step;  ///< empty for the allocation; "batch", "extern", "0"...
    std::string submit_line;
    std::string req_tres, alloc_tres;  ///< `cpu=1,gres/gpu:h100=4,mem=2G,node=1`
    std::optional<std::int64_t> elapsed_s, cpu_time_us, max_rss_bytes, req_mem_bytes;
    std::optional<std::int64_t> alloc_cpus, time_limit_s;
};
extern const char* const k_sacct_format;
[[nodiscard]] Result<std::vector<SacctRow>> parse_sacct(std::string_view output);

}  // namespace sbraid

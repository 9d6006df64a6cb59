#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sbraid/ids.hpp"
#include "sbraid/job_state.hpp"

// The events of a run: everything that is ever said in a state file. lib/STATE.md is their document.

namespace sbraid {

// From the submitter
// ------------------------------------------------------------------------------------------------

/// First record of every state file.
struct RunCreated {
    std::string run, workflow, user, host, version;
};
/// Slurm said yes to submission `number` of a planned job (`adopted`: found by its token after a crash).
struct JobSubmitted {
    std::string job;  ///< PlannedJob::name()
    std::uint32_t number = 1;
    JobId id;
    std::string cluster;
    std::string token;
    bool held = false;
    bool adopted = false;
};
/// Slurm said no, for good.
struct JobRefused {
    std::string job;
    std::uint32_t number = 1;
    std::string message;  ///< sbatch's own words
};
/// Roots that were held by us were released.
struct JobsReleased {
    std::vector<JobId> ids;
};
/// From here on revision `revision` of the plan counts: what it asks for anew (PlannedJob::again) is no
/// longer in, however it ended.
struct PlanRevised {
    std::uint32_t revision = 2;
};
/// Every job of the plan is in and every held one released: the run is `running`.
struct RunSubmitted {};
/// From here on everything of the run that is in the queue is being cancelled, because a submission was
/// refused: durable before the first of it is. Whatever ends unstarted from now on was taken back.
struct RollbackStarted {};
/// Nothing of the run is left in the queue, and nobody can still be putting something there: said at the end
/// of a rollback, or of a `cancel` of all of a run that was never completely in.
struct RunTakenBack {};
/// We cancelled a job. `why`: "rollback", "cancel", "duplicate", "dead-dependency".
struct JobCancelled {
    std::string job;
    JobKey key;
    std::string why;
};
/// A planned job that will never be submitted because a parent's outcome made it impossible.
struct JobSkipped {
    std::string job;
    std::string why;
};
/// The final word of Slurm on one element (or job without elements); never asked again.
struct ElementEnded {
    std::string job;
    JobStatus status;
};
/// The webhook of [notify] has answered, so it is not told again: `status` is that of HTTP, 2xx or a refusal.
struct WebhookAnswered {
    std::string occasion;     ///< to_string(Occasion)
    std::uint32_t round = 1;  ///< RunState::round
    int status = 0;
};

// From the batch script
// ---------------------------------------------------------------------------------------------

struct AttemptStarted {
    JobKey key;
    std::string job;
    std::uint32_t restart = 0;  ///< SLURM_RESTART_COUNT
    std::string node;
    std::uint32_t repeats = 0;  ///< so many attempts before it began within an allocation, behind another one
};
struct AttemptEnded {
    JobKey key;
    std::string job;
    std::uint32_t restart = 0;
    int exit_code = 0;
    std::uint32_t repeats = 0;
    bool again = false;  ///< not the end: the job was requeued, or tries again where it is
    /// Where the script itself makes a failure of it, or counts attempts, what for: "no output model.pt",
    /// "is not done yet; continue.max = 20 is used up". Else empty.
    std::string why{};
};

// From the plugin's collector: one writer a job step and node
// ---------------------------------------------------------

/// Which step, where: the common key of all that the plugin says.
struct StepKey {
    JobKey key;
    std::string step;  ///< "batch", "0", "1"...
    std::string node;
    std::uint32_t restart = 0;
    friend bool operator==(const StepKey&, const StepKey&) = default;
};
struct StepStarted {
    StepKey where;
    std::uint32_t ranks = 0;        ///< on this node
    std::vector<std::string> gpus;  ///< UUIDs that the step was given on this node; empty also when unknown
    std::string gpus_unknown_because;  ///< why none or not all: "" | "no-library" | "lost" | "hung" | ...
    bool simulated = false;            ///< the numbers come from a simulated GPU library
};
struct RankStarted {
    StepKey where;
    std::uint32_t rank = 0;  ///< global, SLURM_PROCID
    std::int64_t pid = 0;
};
struct RankEnded {
    StepKey where;
    std::uint32_t rank = 0;
    std::optional<int> exit_code, signal;
    std::optional<bool> oom;  ///< this rank's own cgroup had an OOM kill; nullopt: unknown
    bool core = false;
};
/// What one rank did with one GPU, or (rank absent) what the whole GPU did while the step had it.
/// A number that is not known is nullopt, and `unknown_because` says why. Never 0 for unknown.
struct GpuUsed {
    StepKey where;
    std::optional<std::uint32_t> rank;
    std::string uuid;
    std::optional<double> util_mean, util_max;  ///< per cent of one GPU
    std::optional<std::int64_t> mem_max_bytes;
    std::optional<std::int64_t> mem_total_bytes;
    std::optional<double> energy_j;  ///< of the whole board between first and last reading
    std::optional<double> longest_idle_s, idle_fraction;
    std::optional<std::uint32_t> processes;  ///< distinct, seen over its life
    double coverage = 0;                     ///< 0..1: the share of the time that samples speak for
    bool shared = false;                     ///< another rank or job used it at the same time
    std::string unknown_because;             ///< "" | mig | no-library | hung | shared | not-sampled
    bool simulated = false;
};
struct StepEnded {
    StepKey where;
    std::uint32_t dropped = 0;  ///< records that the hooks could not send
    std::string trouble;        ///< "" or what went wrong while recording
};

using Event =
    std::variant<RunCreated, JobSubmitted, JobRefused, JobsReleased, RunSubmitted, JobCancelled, JobSkipped,
                 ElementEnded, AttemptStarted, AttemptEnded, StepStarted, RankStarted, RankEnded, GpuUsed,
                 StepEnded, RollbackStarted, RunTakenBack, WebhookAnswered, PlanRevised>;

}  // namespace sbraid

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sbraid/event.hpp"
#include "sbraid/plan.hpp"
#include "sbraid/record.hpp"

namespace sbraid {

/// submitting  somebody is at it right now
/// partial     not all is in, or something is still held by us, and nobody is at it: `resume` finishes it
/// running     all is in (but for a notifier that Slurm refused) and released, something has not ended
/// succeeded   all has ended: COMPLETED or SKIPPED
/// failed      all has ended, something otherwise than COMPLETED, SKIPPED or CANCELLED
/// cancelled   all has ended, something CANCELLED and nothing worse; also a run that was never completely
///             in and is known to be taken back (a refusal and its rollback, or `cancel`)
enum class RunPhase { submitting, partial, running, succeeded, failed, cancelled };
[[nodiscard]] std::string_view to_string(RunPhase phase);
/// Succeeded, failed or cancelled: every element of every job has ended, is skipped, or will never be
/// submitted.
[[nodiscard]] bool has_ended(RunPhase phase);

/// What is known of one element of a task (element absent: a task without an array).
struct ElementState {
    std::optional<std::uint32_t> element;
    JobStatus status;  ///< the last that was heard; state unsubmitted before anything was
    /// How often the job that counts now was started: by the restart counts of its own records and of Slurm.
    std::uint32_t attempts = 0;
    /// Attempts besides: begun within an allocation, behind another one (`inplace`).
    std::uint32_t repeats = 0;
    bool final = false;  ///< by Slurm's own word, or skipped, or LOST
    std::string why;     ///< in words, where we know more than Slurm: "parent 'train' failed, so afterok can
                         ///< never be met"
    /// What the batch script said of the end of its last attempt. Slurm's word counts more; see
    /// observe_missing().
    std::optional<int> own_exit_code;
    std::string own_why;             ///< AttemptEnded::why of that end
    std::optional<int> again_after;  ///< the exit code of its last attempt, while it waits for another
    bool cancelled =
        false;  ///< by us (it or its whole job), not for a dead dependency; is it over? see final
    /// When it was last heard of: submitted, cancelled or by its batch script (from the file), or seen by
    /// observe() (of this process alone).
    Timestamp heard{};
};

struct JobRecord {
    std::uint32_t submissions = 0;  ///< highest number ever used
    /// The job that counts now. Elements that it is not of have ended, as those of an earlier one.
    std::optional<JobSubmitted> current;
    std::optional<Timestamp> submitted_at;
    std::string refused;        ///< Slurm's words, when the last submission was refused
    bool released = false;      ///< or never held
    bool cancelled = false;     ///< by us
    std::string cancelled_why;  ///< JobCancelled::why
    /// A rollback began while it was in the queue, or has cancelled it; not submitted anew since.
    bool taken_back = false;
    std::string skipped;                 ///< why, when it will never run
    std::vector<ElementState> elements;  ///< ascending; exactly one for a job without array
};

struct RankState {
    StepKey where;
    std::uint32_t rank = 0;
    std::optional<Timestamp> start, end;
    std::optional<RankEnded> ended;
};

/// Where in a RunState a name is; kept by the functions below, made anew when it is empty.
struct RunIndex {
    std::unordered_map<std::string, std::uint32_t> jobs;       ///< PlannedJob::name() -> RunState::jobs
    std::unordered_map<std::uint32_t, std::uint32_t> job_ids;  ///< of every submission -> RunState::jobs
    std::size_t rolled_back = 0;                               ///< jobs with taken_back
    std::unordered_multimap<std::size_t, std::size_t> ranks;   ///< hash of step and rank -> RunState::ranks
};

/// The memory of a run: a fold of its events over its plan.
struct RunState {
    std::optional<RunCreated> created;
    std::optional<Timestamp> created_at;
    std::vector<JobRecord> jobs;  ///< parallel to SubmissionPlan::jobs
    std::uint32_t revision = 1;   ///< of the plan, by the newest PlanRevised
    bool submitted = false;       ///< RunSubmitted was said after the last submission
    bool rolled_back = false;     ///< some job was taken back by a rollback and is not submitted anew
    bool taken_back = false;      ///< RunTakenBack was said after the last submission
    /// Counts how often jobs were submitted to a run that was complete before: each time it ends anew.
    std::uint32_t round = 1;
    std::vector<WebhookAnswered> answered;  ///< of all rounds
    /// The newest time of a record of the submitter that replay() has folded. Who goes on from this state may
    /// have another clock, and records are ordered by their times: see next_time().
    Timestamp said_until{};
    // Of every submission of every job of the plan, in the order of their records.
    std::vector<StepStarted> steps;
    std::vector<StepEnded> steps_ended;
    std::vector<RankState> ranks;
    std::vector<GpuUsed> gpus;
    RunIndex index;
};

/// Folds the records (as merge() orders them) over the plan. Events of jobs that the plan does not know, and
/// of job ids that are none of the run, are ignored. What the submitter said is folded first, because the
/// clocks of nodes may be behind its own; a job id that comes later than another of the same submission
/// number counts only when that one was cancelled as a duplicate. Elements that Slurm cancelled because their
/// dependency became impossible are SKIPPED.
[[nodiscard]] RunState replay(const SubmissionPlan& plan, const std::vector<Record>& records);
/// One more. An empty state becomes that of the plan first.
void apply(RunState& state, const SubmissionPlan& plan, const Record& record);

/// The time of a record that is written now, by somebody who has read this state: never before what he has
/// read, whatever his clock says.
[[nodiscard]] Timestamp next_time(const RunState& state, Timestamp now);

/// Takes what Slurm says now into the state (not into the file): statuses of elements that are not final yet.
/// Of several of one element the last counts, so give those of the controller behind those of accounting, or
/// ask accounting only for what the controller has forgotten: its last word is final. A status of a whole
/// array is one of each element. Returns the ElementEnded events worth recording.
std::vector<ElementEnded> observe(RunState& state, const SubmissionPlan& plan,
                                  const std::vector<JobStatus>& statuses, Timestamp now);

/// How long an element may be unknown to everybody before that is held against it: what has just been
/// submitted may not be listed yet, and accounting may be late.
inline constexpr std::chrono::minutes k_silence{2};

/// Elements that the controller has forgotten and accounting does not know either (`accounting`: it was asked
/// and has answered; false: it is off). Their end is taken from our own records: the exit code that the batch
/// script wrote, or CANCELLED where we did that; at once where there is no accounting (or the element was
/// cancelled unstarted, of which 22.05 keeps no trace), else when nothing was heard of it for k_silence.
/// Without any such record it is LOST after k_silence; that is not for the file, so that late accounting can
/// still say better. Returns the events worth recording.
std::vector<ElementEnded> observe_missing(RunState& state, const SubmissionPlan& plan,
                                          const std::vector<JobKey>& missing, bool accounting, Timestamp now);

/// A job (or, of an array of which others live on, an element) that is in the queue and can never run.
struct Dead {
    JobIndex job;
    JobKey key;
};
/// Marks as skipped what can never run, computed over the graph as Slurm does (DESIGN section 6.6), with the
/// reason in words; returns what became so now and is still in the queue, parents first. Slurm's rules: a job
/// that was cancelled, also for a dead dependency, has ended and is not ok, so its afterok children die, its
/// afterany and afternotok children run; aftercorr dies by the element. What has started is never marked,
/// what is LOST kills nothing. O(jobs + elements + edges).
std::vector<Dead> find_dead_keys(RunState& state, const SubmissionPlan& plan);
/// The same, but returns only the jobs that are dead as a whole.
std::vector<JobIndex> find_dead(RunState& state, const SubmissionPlan& plan);

/// `being_submitted`: somebody holds the run lock (is_run_locked()); tells `submitting` from `partial`.
[[nodiscard]] RunPhase phase(const RunState& state, const SubmissionPlan& plan, bool being_submitted = false);

}  // namespace sbraid

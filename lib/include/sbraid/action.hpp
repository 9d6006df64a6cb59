#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "sbraid/plan.hpp"
#include "sbraid/run_state.hpp"

namespace sbraid {

/// What is to be done next, decided from the plan and the state alone. The submitter carries it out through a
/// Backend and records the outcome.
struct Submit {
    JobIndex job;
    Submission how;
};
/// The job will never be submitted: an edge of it has become impossible. To be recorded as JobSkipped.
struct Skip {
    JobIndex job;
    std::string why;  ///< in words: "parent 'train' failed"
};
/// The job cannot be judged from what is known (a parent is LOST): an error to show to the user. The job and
/// what is below it stay unsubmitted; this walk does not come back to it.
struct Stuck {
    JobIndex job;
    std::string why;
};
using Action = std::variant<Submit, Skip, Stuck>;

struct Cancel {
    JobIndex job;
    JobKey key;
    std::string why;
    std::uint32_t round = 0;  ///< 0 goes first; all of a round may go in one call
};

/// What Slurm says of jobs outside the plan that edges wait for (`job:12345`), one status an element. A job
/// that is absent here is taken to be in the queue.
using OutsideJobs = std::map<JobId, std::vector<JobStatus>>;

/// What is known to be in the queue right now: jobs and elements that squeue listed, and what this process
/// has submitted itself. A key without element stands for the whole job.
using SeenAlive = std::set<JobKey>;

/// One walk over a plan, parents first, handing out what can be done now. `submit` and `resume` are the same
/// walk; they differ in the state that they start from. All calls together cost O(jobs + edges).
///
///     SubmissionWalk walk(plan, state);
///     for (auto todo = walk.next(state); !todo.empty(); todo = walk.next(state)) {
///         // carry out each of todo, in any order or at once; apply() each outcome to `state`:
///         // JobSubmitted, JobRefused, JobSkipped. Stop when you have to.
///     }
///
/// What is submitted, with what edges (DESIGN sections 6.2-6.4, 6.6):
/// - A job that is in the queue or has ended is left alone, however it ended, except that in a rolled-back
///   run what was cancelled is submitted anew. A notifier that Slurm has refused is
///   left alone too: no task needs it.
/// - An edge to a job in the queue is sent, but only to one that is in `seen`: Slurm takes an edge to a job
///   that it has forgotten for met (DESIGN section 6.4). What is neither seen nor known to have ended makes
///   its children Stuck. An edge to an ended parent is never sent: it is dropped when it is met (afterok: all
///   COMPLETED; afterany, after: always; afternotok: not all COMPLETED), else the job is skipped. A skipped
///   parent counts as ended and not COMPLETED, as it does for Slurm (CANCELLED). An element edge looks at
///   that element, other edges at the whole array; a failed element of a running array makes afterok
///   impossible at once. A waived edge counts as met.
/// - What a revision of the plan asks for anew (PlannedJob::again) is submitted as what has never been, and
///   of an array only those elements. Then aftercorr looks at the parent's elements of the same indexes. (One
///   that the parent's new job does not have waits for all of that job: so Slurm has it.)
/// - Where any edge is enough (Join::any), one that is met lets all be dropped, impossible ones are dropped
///   as long as another is open, and the job is skipped when none is left.
/// - Submission::held: nothing that the job waits for is itself certain to wait for our release. So roots are
///   held, and in `resume` what stands behind running, finished, user-held or outside parents. A job with the
///   user's own hold is never held by us.
/// - Submission::number is one above the highest number that the state knows.
class SubmissionWalk {
  public:
    /// `plan` and `seen` must outlive the walk; `seen` may grow. The state is not kept; each next() is given
    /// it again. Without `seen` every job is believed to be in the queue whose end the state does not know.
    SubmissionWalk(const SubmissionPlan& plan, const RunState& state, OutsideJobs outside = {},
                   const SeenAlive* seen = nullptr);

    /// Everything that can be done now: all parents are in, ended or skipped. None of it depends on another
    /// of it. In the order of the plan. What was handed out before and is by `state` neither in, refused nor
    /// skipped is handed out again (Slurm was busy, or the outcome unclear and no job found), with the same
    /// number. Empty: nothing can be done (any more).
    [[nodiscard]] std::vector<Action> next(const RunState& state);

    /// Jobs that are not in, ended or skipped as of the last next(): 0 after an empty next() means that the
    /// whole graph is in; else they were refused, are stuck, or stand below such a job.
    [[nodiscard]] std::size_t left() const { return left_; }

  private:
    enum class Fate : std::uint8_t { waiting, handed_out, settled, blocked };

    void settle(std::uint32_t job);
    /// What became of a job that was handed out.
    void look_at(std::uint32_t job, const JobRecord& record);
    [[nodiscard]] Action decide(std::uint32_t job, const RunState& state);
    struct Judged;
    /// `elements`: those of the child that are submitted; absent: all.
    [[nodiscard]] Judged judge_edge(const PlannedEdge& edge, const RunState& state,
                                    const std::optional<ArraySpec>& elements) const;
    /// It waits, in the queue, for what cannot start before our release.
    [[nodiscard]] bool is_behind_anchor(const PlannedJob& job) const;
    /// All that has not ended of it (of its one element) is in the queue.
    [[nodiscard]] bool is_seen(const JobRecord& record, std::optional<std::uint32_t> element) const;
    [[nodiscard]] bool is_to_submit(const JobRecord& record, const RunState& state) const;

    const SubmissionPlan* plan_;
    OutsideJobs outside_;
    const SeenAlive* seen_;
    std::vector<std::vector<JobIndex>> children_;
    std::vector<Fate> fate_;
    std::vector<std::uint32_t> parents_missing_;  ///< that are not settled
    std::vector<std::uint32_t> number_;           ///< of the submission that was handed out; 0: a Skip was
    /// Cannot start before our release: held by us, or behind such a job.
    std::vector<bool> anchored_;
    std::vector<std::uint32_t> ready_;       ///< may hold a job whose parents are all settled
    std::vector<std::uint32_t> handed_out_;  ///< by the last next()
    std::size_t left_ = 0;
};

/// After the last submission: what was held by us and is to be released, longest remaining path first (equal
/// ones in the order of the plan). Never a job with the user's own hold.
[[nodiscard]] std::vector<JobId> to_release(const SubmissionPlan& plan, const RunState& state);

/// For each job, the length of the longest path from its start to the end of the run: in seconds where every
/// job has a finite time limit, else in jobs.
[[nodiscard]] std::vector<std::uint64_t> remaining_path(const SubmissionPlan& plan);

/// The rounds of Cancel, by job, of those that are to go.
[[nodiscard]] std::vector<std::uint32_t> cancel_rounds(const SubmissionPlan& plan,
                                                       const std::vector<bool>& goes);

/// Everything of the run that has not ended, for a rollback or a cancel: ascending by round, children
/// before parents in each. A job that a parent's end can start (afterany, afternotok, after), also by way of
/// jobs between them, goes in an earlier round than the parent, so that it never starts because of the
/// cancel. At most 8 rounds: of a longer chain of handlers the parents at its top go together.
[[nodiscard]] std::vector<Cancel> cancel_all(const SubmissionPlan& plan, const RunState& state,
                                             std::string why);

}  // namespace sbraid

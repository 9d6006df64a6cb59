#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "sbraid/job_state.hpp"
#include "sbraid/plan.hpp"
#include "sbraid/result.hpp"

namespace sbraid {

/// What became of one submission. "May have happened" is a case of its own: the caller looks for the token.
struct Submitted {
    JobId id;
    std::string cluster;  ///< empty: the default one
};
struct Refused {
    std::string message;  ///< Slurm's own words, all lines
};
struct Unclear {
    std::string message;  ///< time-out, killed, no answer: the job may exist
};
struct Busy {
    std::string message;  ///< Slurm asks to come back later (limits of load, slurmctld restarting)
};
struct Unavailable {
    std::string message;  ///< this machine cannot use Slurm: no sbatch, no configuration, no credential
};
using SubmitOutcome = std::variant<Submitted, Refused, Unclear, Busy, Unavailable>;

struct SubmitRequest {
    const SubmissionPlan* plan = nullptr;
    const PlannedJob* job = nullptr;
    Submission how;
};

struct ReleaseRequest {
    JobId id;
    std::string priority;  ///< the user's own: a held job loses it, so it is set again; empty: none
};

/// A job of ours that Slurm knows, found by its token.
struct FoundJob {
    Token token;
    JobStatus status;
};

/// The way to Slurm. One implementation a way (sbatch, libslurm, rest). Called from one thread. Errors are of
/// kind slurm and in Slurm's own words; is_temporary() (classify.hpp) tells whether to try again.
class Backend {
  public:
    virtual ~Backend() = default;
    [[nodiscard]] virtual std::string name() const = 0;
    /// Submits jobs that do not depend on each other; `done(i, outcome)` is called once for each that was
    /// tried, as soon as it is known, in any order. After `done` has returned false no further one is tried;
    /// those under way are still reported.
    virtual void submit(std::span<const SubmitRequest> requests,
                        const std::function<bool(std::size_t, SubmitOutcome)>& done) = 0;
    /// Every job of the run that Slurm's controller still knows (all states), by the token in its comment;
    /// one RPC. Where no comment has one (the site may rewrite them) by the token in the submit line, if the
    /// accounting has that.
    virtual Result<std::vector<FoundJob>> find(const std::string& run) = 0;
    /// What the controller says of these jobs of ours, elements apart; jobs that it has forgotten are absent,
    /// and so are those whose id belongs to another run by now. One RPC.
    virtual Result<std::vector<JobStatus>> query(std::span<const JobId> jobs) = 0;
    /// The same of jobs of anybody. One RPC per 1,000 ids.
    virtual Result<std::vector<JobStatus>> look_up(std::span<const JobId> jobs) = 0;
    /// What accounting says of these jobs since `since`; nullopt when accounting is off. One call per 1,000
    /// ids.
    virtual Result<std::optional<std::vector<SacctRow>>> account(std::span<const JobId> jobs,
                                                                 Timestamp since) = 0;
    /// Jobs or elements that are gone already are no error.
    virtual Result<void> cancel(std::span<const JobKey> keys) = 0;
    /// Ends our hold, then sets the user's priorities again; one that Slurm does not grant is a warning, no
    /// error. Jobs that are gone or released already are no error.
    virtual Result<void> release(std::span<const ReleaseRequest> requests) = 0;
    /// How often each of Slurm's commands (or RPCs) was called so far, for -v.
    [[nodiscard]] virtual const std::map<std::string, std::size_t>& calls() const = 0;
};

}  // namespace sbraid

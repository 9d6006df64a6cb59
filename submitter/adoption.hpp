#pragma once

#include <vector>

#include "backend/backend.hpp"
#include "run.hpp"
#include "sbraid/action.hpp"

namespace sbraid {

/// What Slurm has of a run beyond what its records say.
struct Adoption {
    std::vector<JobSubmitted> jobs;  ///< that no record names; each the newest of its task
    /// Live jobs of a token that has another one already (`duplicate`), or from before a revision of the plan
    /// that asks for the job anew (`superseded`). By round.
    std::vector<Cancel> doubles;
};

/// `found`: every job of the run, by token. Of several jobs of a token the recorded one counts, else the
/// first that was not cancelled (that was a rollback that could not be recorded).
[[nodiscard]] Adoption adoption(const Run& run, const std::vector<FoundJob>& found);

/// Jobs of the plan that no record says are in Slurm, nor why they never will be: where an answer was lost,
/// Slurm may have them all the same.
[[nodiscard]] std::size_t unrecorded_jobs(const Run& run);

}  // namespace sbraid

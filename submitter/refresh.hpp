#pragma once

#include <string>
#include <vector>

#include "app.hpp"
#include "backend/backend.hpp"
#include "run.hpp"
#include "sbraid/journal/journal.hpp"

namespace sbraid {

struct Refreshed {
    bool stale = false;   ///< the state is what the file says, because Slurm did not answer, or
    bool asked = true;    ///< ... was not asked
    std::string trouble;  ///< in Slurm's words, when it or its accounting did not answer
};

/// Asks Slurm about the jobs of the run that have not ended: one squeue, and one sacct (a 1,000 ids) for
/// those that are newly gone from it. What has ended is recorded, when there is a journal, so that it is
/// never asked for again. Jobs that have become impossible are marked, and cancelled where Slurm was not told
/// to do that itself.
Refreshed refresh(const App& app, Run& run, Backend& backend, Journal* journal);

/// Every element of every job has ended, is skipped, or will never be submitted.
[[nodiscard]] bool has_ended(RunPhase phase);

}  // namespace sbraid

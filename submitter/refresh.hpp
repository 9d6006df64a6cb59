#pragma once

#include <string>
#include <vector>

#include "app.hpp"
#include "backend/backend.hpp"
#include "run.hpp"
#include "sbraid/journal/journal.hpp"

namespace sbraid {

struct Refreshed {
    bool stale = false;          ///< the state is what the file says, because Slurm did not answer, or
    bool asked = true;           ///< ... was not asked
    std::string trouble;         ///< in Slurm's words, when it or its accounting did not answer
    std::size_t unrecorded = 0;  ///< jobs that Slurm has and the file does not name; now in the state
};

/// Asks Slurm about the jobs of the run that have not ended: one squeue, and one sacct (a 1,000 ids) for
/// those that are newly gone from it. What has ended is recorded, when there is a journal, so that it is
/// never asked for again. Jobs that have become impossible are marked, and cancelled where Slurm was not told
/// to do that itself. Of a run that nobody is submitting and that is not all in, jobs are looked for by their
/// tokens too (another squeue).
Refreshed refresh(const App& app, Run& run, Backend& backend, Journal* journal);

/// Tells on stderr that Slurm or its accounting did not answer.
void warn_of_staleness(const App& app, const Refreshed& refreshed);

struct OpenRun {
    Run* run = nullptr;
    Journal* journal = nullptr;  ///< nullptr: what has ended is not recorded
};
/// The same of several runs with one squeue and one sacct for all, for those who only look: nothing is
/// cancelled, nothing looked for by token. `backend` asks for the jobs of all their owners.
Refreshed refresh_all(const App& app, const std::vector<OpenRun>& runs, Backend& backend);

}  // namespace sbraid

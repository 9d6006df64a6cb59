#pragma once

#include "app.hpp"
#include "run.hpp"
#include "sbraid/journal/journal.hpp"
#include "sbraid/journal/run_lock.hpp"
#include "workflow_file.hpp"

namespace sbraid {

/// A run that exists on disk and nowhere else yet: everything that resume needs is durable.
struct NewRun {
    Run run;
    RunLock lock;
    Journal journal;
};

/// Makes the run directory with workflow.toml, scripts, plan.json and the header of the state file, takes the
/// run's lock, makes the log directories. On failure nothing is in Slurm; what was made until then stays.
[[nodiscard]] Result<NewRun> create_run(const App& app, const WorkflowFile& file, SubmissionPlan plan);

/// Makes the next revision of the run's plan durable, with its scripts, log directories and (`edited`: it was
/// made of that file) a copy of the workflow file. From then on the new plan is the intent.
[[nodiscard]] Result<void> write_revision(const Run& run, const SubmissionPlan& next,
                                          const WorkflowFile* edited = nullptr);

/// Makes the first record of a run durable. Also for a run whose submitter died before it came to that.
[[nodiscard]] Result<void> write_header(const App& app, Run& run, Journal& journal);

/// The newest run of the same file below `runs_folder`; nullopt when there is none. Warns of a run whose plan
/// cannot be read.
[[nodiscard]] std::optional<Run> newest_run_of(const App& app, const std::string& runs_folder,
                                               const std::string& file);

}  // namespace sbraid

#pragma once

#include "app.hpp"
#include "preferences.hpp"
#include "sbraid/plan.hpp"
#include "workflow_file.hpp"

namespace sbraid {

/// The plan of a run that begins now: `plan` and `submit --dry-run` show it, `submit` carries it out. The
/// file must be right. `max_array_size` is the cluster's; absent: Slurm's default.
[[nodiscard]] SubmissionPlan plan_new_run(const App& app, const WorkflowFile& file, const Options& options,
                                          const Preferences& preferences,
                                          std::optional<std::uint32_t> max_array_size = {});

/// What the plan of a run would be if it were made now, of this file: of the same run, with the environment
/// and what else was frozen at its submission, but without what became of it. The file must be right.
[[nodiscard]] SubmissionPlan plan_again(const App& app, const WorkflowFile& file,
                                        const SubmissionPlan& of_run, const Preferences& preferences);

/// The folder of a new run's directory: --run-dir, else .sbraid beside the file. Absolute.
[[nodiscard]] std::string runs_folder(const WorkflowFile& file, const Options& options);

}  // namespace sbraid

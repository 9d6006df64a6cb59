#pragma once

#include <string>

#include "element_values.hpp"
#include "sbraid/plan.hpp"
#include "sbraid/workflow.hpp"

// Where a batch script by itself makes a failure of its task: the workdir is not there, or in the end an
// output is not. It says so in the log, and in SBRAID_WHY, which goes into the record of the end
// (AttemptEnded::why); so does what counts attempts (attempts.hpp), of the last of them. All texts are empty
// for a task of which none of these is asked.

namespace sbraid {

/// To stand behind run_task(): where the workdir is not there, Slurm has started the job in another folder
/// (/tmp), and then run_task() is replaced by one that fails. Not for the folder of the workflow file.
[[nodiscard]] std::string workdir_check(const SubmissionPlan& plan, const PlannedJob& job);

/// Of the script's body: check_outputs().
[[nodiscard]] std::string outputs_check(const PlannedJob& job, const Task& task, const ElementValues& values);
/// Its call, behind an attempt; may set `code`.
[[nodiscard]] std::string outputs_call(const PlannedJob& job);
/// What a further attempt in the same shell forgets of the one before, a line.
[[nodiscard]] std::string forget_outputs(const PlannedJob& job);

/// The function that makes a member of SBRAID_WHY, to stand behind note().
[[nodiscard]] std::string failure_functions(const SubmissionPlan& plan, const PlannedJob& job);
/// Its call, within double quotes behind the members of attempt_ended.
[[nodiscard]] std::string failure_member(const SubmissionPlan& plan, const PlannedJob& job);

}  // namespace sbraid

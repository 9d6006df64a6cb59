#pragma once

#include <string>

#include "sbraid/plan.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid {

/// The part of a batch script that is the task's own, for PlannedJob::script_body: run_task() and the texts
/// that it reads, byte for byte; and the values of the element of a matrix. `job` has its array and matrix.
[[nodiscard]] std::string script_body(const PlannedJob& job, const Task& task);

/// The batch script of a planned job, whole: around its body, what it is (in comments) and what takes notes
/// in the run directory. Made when it is needed: in a plan of many jobs the frame would be most of the bytes.
/// Needs bash 4.2 and coreutils on the node, and nothing of sbraid.
///
/// What the task sees is what it would see as a plain batch script: its stdin, stdout, working directory and
/// signals, no descriptor of ours, and the job's exit code is its own (128+N after signal N).
///
/// Two things of it are changed, each told in the log and in the record of the end: where the task has
/// `outputs` and ends with 0 while one of them is not there after ten seconds, the job ends with 1; and where
/// the `workdir` is not there (that of the workflow file is not looked at), so that Slurm has started the job
/// elsewhere, the task does not run, and the job ends with 1.
///
/// With `launch` or a container the same holds for the launcher, which is the process that signals are passed
/// on to and whose exit code is the job's; each rank has the shell text in SBRAID_TEXT, and so it may be on
/// another node and in another file system. The setup runs once, before the launcher and outside the
/// container.
///
/// With `retry` or `continue` the job may requeue itself, or run its task again where it is; src/attempts.cpp
/// says when. A task that goes on over its time limit runs in a process group of its own, and ends with 0
/// where it was told to stop and SBRAID_DONE_FILE is there.
///
/// Records (lib/STATE.md) go to `state.d/batch.KEY.RESTART.jsonl`: attempt_started, attempt_ended.
///
/// Names of a matrix' keys in double braces are replaced in the task's text as the job starts (vars.hpp says
/// how they stand in the Task), and SBRAID_PARAM_<KEY> is set. A part of a cut array sees the numbers of the
/// whole array in SLURM_ARRAY_TASK_ID, _MIN, _MAX and _COUNT. A gate's script is a comment and exit 0. A
/// closer's finds the service by its token in the comment of the user's jobs, and cancels it. A notifier's
/// calls `sbraid notify` of the submission, where that is there.
[[nodiscard]] std::string batch_script(const SubmissionPlan& plan, const PlannedJob& job);

/// The same without what takes notes, for where there is no run directory: the body, and what passes signals
/// on to it.
[[nodiscard]] std::string bare_script(const PlannedJob& job);

}  // namespace sbraid

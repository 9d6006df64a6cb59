#pragma once

#include <string>

#include "sbraid/plan.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid {

/// The batch script of a planned job, whole: what the task runs, byte for byte, and around it what takes
/// notes in the run directory. `job` has its options and edges, and its parents are in `plan`; `task` is what
/// it was planned from. Needs bash 4.2 and coreutils on the node, and nothing of sbraid.
///
/// What the task sees is what it would see as a plain batch script: its stdin, stdout, working directory and
/// signals, no descriptor of ours, and the job's exit code is its own (128+N after signal N).
///
/// Records (lib/STATE.md) go to `state.d/batch.KEY.RESTART.jsonl`: attempt_started, attempt_ended.
[[nodiscard]] std::string batch_script(const SubmissionPlan& plan, const PlannedJob& job, const Task& task);

}  // namespace sbraid

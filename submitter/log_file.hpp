#pragma once

#include <string>

#include "sbraid/plan.hpp"
#include "sbraid/run_state.hpp"

namespace sbraid {

/// The path of the log of one element: the job's output pattern with what Slurm put in for it. `user`: the
/// owner of the job. %n, %s and %t (one file a node, step or rank) are those of the batch script: 0, "batch",
/// 0.
[[nodiscard]] std::string log_path(const PlannedJob& job, const ElementState& element,
                                   const std::string& user);

/// Goes back to the beginning of an open file that is shorter now than what was read of it: an attempt that
/// began anew (--open-mode=truncate).
void rewind_if_cut(int fd);

}  // namespace sbraid

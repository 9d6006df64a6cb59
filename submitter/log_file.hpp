#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "sbraid/plan.hpp"
#include "sbraid/run_state.hpp"

namespace sbraid {

/// The path of the log of one element: the job's output pattern with what Slurm put in for it. `user`: the
/// owner of the job. %n, %s and %t (one file a node, step or rank) are those of the batch script: 0, "batch",
/// 0.
[[nodiscard]] std::string log_path(const PlannedJob& job, const ElementState& element,
                                   const std::string& user);

/// The same of the file that has its errors apart; nullopt: they stand in the log.
[[nodiscard]] std::optional<std::string> error_path(const PlannedJob& job, const ElementState& element,
                                                    const std::string& user);

/// The last `count` lines of a file, empty ones at its end left out; of a long file those of its last 64 KiB.
/// nullopt: it cannot be read, or is no regular file.
[[nodiscard]] std::optional<std::vector<std::string>> last_lines(const std::string& path, std::size_t count);

/// Goes back to the beginning of an open file that is shorter now than what was read of it: an attempt that
/// began anew (--open-mode=truncate).
void rewind_if_cut(int fd);

}  // namespace sbraid

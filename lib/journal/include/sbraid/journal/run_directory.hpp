#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sbraid/result.hpp"

namespace sbraid {

/// Makes the run directory with scripts/, state.d/, series/ and logs/, and what is missing above it; all of
/// it is on disk when this returns. Modes are 0755 less the umask: who may read reports of a group may read
/// this too, and nobody else may write. Only those who may read each of the files `like` (that the plan is
/// made of; none: anybody) are let in: the plan and the scripts say what they say. An error when it is
/// already there; what was made until an error stays.
[[nodiscard]] Result<void> create_run_dir(const std::string& run_dir,
                                          const std::vector<std::string>& like = {});

/// Writes a whole file so that after a crash it is there as it was before or as it is now, and on disk when
/// this returns (temporary file, fsync, rename, fsync of the directory). Mode 0644 less the umask, 0755 if
/// executable, and nothing to those to whom its directory gives nothing.
[[nodiscard]] Result<void> write_durably(const std::string& path, std::string_view text,
                                         bool executable = false);

}  // namespace sbraid

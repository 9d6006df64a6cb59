#pragma once

#include <string>
#include <vector>

#include "app.hpp"
#include "run.hpp"

namespace sbraid {

/// Those of `writers` (names of own files in state.d/) that are known to have ended, by what they have said:
/// batch scripts and collectors of elements that Slurm ended some minutes ago; commands of this host whose
/// process is gone and that have said nothing for as long.
[[nodiscard]] std::vector<std::string> ended_writers(const Run& run, const std::vector<std::string>& writers,
                                                     Timestamp now);

/// Moves what they wrote to state.jsonl. Tries once and never waits; what does not work now is left to the
/// user's next command.
void fold_ended(const App& app, const Run& run);

}  // namespace sbraid

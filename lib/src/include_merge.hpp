#pragma once

#include <vector>

#include "sbraid/diagnostic.hpp"
#include "sbraid/document.hpp"

namespace sbraid {

/// One table of all that the documents say, the later of which win: over keys of [vars] and of other tables
/// one by one; over those of [defaults] like a task over its defaults, so that `env` and `sbatch` are merged,
/// a choice replaces those that Slurm would refuse beside it, and `setup` is there once for each document
/// that has it, to be joined in this order. A task that two of them have is an error. `include` is left out.
[[nodiscard]] Table merged(const std::vector<const Document*>& documents, const Sources& sources,
                           Diagnostics& out);

}  // namespace sbraid

#pragma once

#include "sbraid/table.hpp"

namespace sbraid {

/// `sbraid check --keys`: one row for each key of the workflow file, in the order of the manual. Columns:
/// key, where (file, task, or task+defaults), status (yes; not yet: known to the design; never: an option of
/// sbatch that has no place in a workflow), example (a value as TOML), meaning (of what is refused: why, and
/// what to write instead).
[[nodiscard]] TextTable key_list();

}  // namespace sbraid

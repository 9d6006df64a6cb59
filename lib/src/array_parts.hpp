#pragma once

#include <cstdint>
#include <vector>

#include "sbraid/array_spec.hpp"
#include "sbraid/plan.hpp"

namespace sbraid {

/// A job's share of a task's array.
struct ArrayPart {
    ArraySpec array;      ///< as Slurm gets it
    Numbering numbering;  ///< what its indexes stand for
};

/// The array as one part where Slurm takes it: no index from `max_array_size` (slurm.conf's MaxArraySize) on,
/// and a list of at most 4 KiB. Else in several, ascending; a limit (%N) is shared out among them, so that
/// where there are more parts than N, each has 1, and part i must wait for part i-N. Equal sets of indexes
/// are cut alike, whatever their limits and however they are written.
[[nodiscard]] std::vector<ArrayPart> array_parts(const ArraySpec& whole, std::uint32_t max_array_size);

}  // namespace sbraid

#pragma once

#include <algorithm>

#include "sbraid/run_state.hpp"

namespace sbraid {

/// Slurm has said its last word on every element of the job that counts now.
[[nodiscard]] inline bool has_ended(const JobRecord& record) {
    return !record.elements.empty() && std::all_of(record.elements.begin(), record.elements.end(),
                                                   [](const ElementState& element) { return element.final; });
}

/// It is in the queue, and only we keep it from running.
[[nodiscard]] inline bool is_held_by_us(const PlannedJob& job, const JobRecord& record) {
    return record.current && record.current->held && !record.released && !record.cancelled &&
           record.skipped.empty() && !job.user_hold && !has_ended(record);
}

}  // namespace sbraid

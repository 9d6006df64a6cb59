#pragma once

#include <algorithm>

#include "sbraid/run_state.hpp"

namespace sbraid {

/// Slurm has said its last word on every element of the job that counts now.
[[nodiscard]] inline bool has_ended(const JobRecord& record) {
    return !record.elements.empty() && std::all_of(record.elements.begin(), record.elements.end(),
                                                   [](const ElementState& element) { return element.final; });
}

/// It ended, or was told to, without having run, since a rollback began: it may be submitted anew. What the
/// user cancelled after that stays cancelled.
[[nodiscard]] inline bool was_taken_back(const JobRecord& record) {
    if (!record.taken_back) return false;
    if (record.cancelled && record.cancelled_why == "rollback") return true;
    if (record.cancelled && record.cancelled_why == "cancel") return false;
    return has_ended(record) &&
           std::all_of(record.elements.begin(), record.elements.end(), [](const ElementState& element) {
               const JobState state = element.status.state;
               return element.attempts == 0 &&
                      (state == JobState::cancelled || state == JobState::skipped || state == JobState::lost);
           });
}

/// A service that was cancelled because nothing needs it any more, and not by the user.
[[nodiscard]] inline bool was_closed(const PlannedJob& job, const JobRecord& record,
                                     const ElementState& element) {
    return job.service && element.status.state == JobState::cancelled && !record.cancelled &&
           !element.cancelled;
}

/// It is in the queue, and only we keep it from running.
[[nodiscard]] inline bool is_held_by_us(const PlannedJob& job, const JobRecord& record) {
    return record.current && record.current->held && !record.released && !record.cancelled &&
           record.skipped.empty() && !job.user_hold && !has_ended(record);
}

/// Slurm has refused the job that would tell the webhook: the run is whole without it, now and in `resume`.
[[nodiscard]] inline bool is_done_without(const PlannedJob& job, const JobRecord& record) {
    return job.role == JobRole::notifier && !record.refused.empty();
}

}  // namespace sbraid

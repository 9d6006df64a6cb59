#pragma once

#include <optional>

#include "sbraid/run_state.hpp"

namespace sbraid {

/// Whether some step of a job that has ended has not been heard the last of: its collector ends a moment
/// after the job.
[[nodiscard]] bool lacks_last_records(const RunState& state);

/// When the last element that has ended did so; nullopt: none has, as far as is known.
[[nodiscard]] std::optional<Timestamp> last_end(const RunState& state);

}  // namespace sbraid

#pragma once

#include <string>

#include "sbraid/plan.hpp"

namespace sbraid {

/// What one element of the job asks for, in few words: `2 nodes · 8 GPUs · 32G · 02:00:00`. Of a wrapped
/// batch script's own lines only the GPUs are known. Empty: nothing in particular.
[[nodiscard]] std::string resources_in_short(const PlannedJob& job);

}  // namespace sbraid

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sbraid/plan.hpp"

namespace sbraid {

/// The value of an option as sbatch gets it, by its long name without the dashes; nullopt: not given, or a
/// flag. A view into the job.
[[nodiscard]] std::optional<std::string_view> option_value(const PlannedJob& job, std::string_view name);

/// What one element of the job asks for, in few words: `2 nodes · 8 GPUs · 32G · 02:00:00`. Of a wrapped
/// batch script's own lines only the GPUs are known. Empty: nothing in particular.
[[nodiscard]] std::string resources_in_short(const PlannedJob& job);

}  // namespace sbraid

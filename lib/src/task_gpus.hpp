#pragma once

#include <cstdint>
#include <optional>

#include "sbraid/workflow.hpp"

namespace sbraid {

/// How many GPUs an element of the task asks for, as gpus_requested() counts them.
[[nodiscard]] std::optional<std::int64_t> gpus_of(const Task& task);

}  // namespace sbraid

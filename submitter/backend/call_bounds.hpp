#pragma once

#include <chrono>
#include <optional>

#include "io/clock.hpp"

namespace sbraid {

/// So long a call may take however little patience there is: a Slurm under load could never be asked
/// otherwise.
constexpr std::chrono::seconds k_least_call_time{5};

/// What ends the calls of Slurm before their answer. Owned by the command; the backend looks at it before
/// each call, so that the command can move the end.
struct CallBounds {
    Interrupts* interrupts = nullptr;  ///< null: a signal ends the call, then us
    std::optional<std::chrono::steady_clock::time_point> end{};
};

}  // namespace sbraid

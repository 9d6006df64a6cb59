#pragma once

#include <chrono>

namespace sbraid {

/// So much may a login node's clock and slurmctld's be apart, before a job of another time with the same id
/// is taken for ours.
inline constexpr std::chrono::minutes k_clocks_differ{5};

}  // namespace sbraid

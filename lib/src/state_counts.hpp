#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "sbraid/job_state.hpp"

namespace sbraid {

/// "12 done, 3 running, 1 failed": what has ended well first, what failed last, where the eye stops.
[[nodiscard]] std::string counted(const std::map<JobState, std::size_t>& counts);

}  // namespace sbraid

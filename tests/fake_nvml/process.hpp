// Does a process still live? A pid is reused; a pid with its start time is not.
#pragma once

#include <cstdint>
#include <optional>

namespace sbraid::sim {

// Field 22 of /proc/<pid>/stat (clock ticks since boot); nothing when there is no such process or it is a
// zombie.
std::optional<std::uint64_t> living_start_ticks(unsigned pid);

}  // namespace sbraid::sim

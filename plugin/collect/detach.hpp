// From a child of slurmstepd to a process of its own.
#pragma once

#include "collect/departure.hpp"

namespace sbraid::collect {

// Leaves the step's cgroup, forks, tells the shim over protocol::k_ready_fd, and gives up everything
// inherited from slurmstepd: descriptors but protocol::k_socket_fd, signal dispositions, session, immunity
// from the OOM killer, the right to use much memory. Returns true in the new process; false: end at once,
// with the process's exit status in `status` (0 in the parent of the fork).
[[nodiscard]] bool detach(Origin& origin, int& status);

// Closes every descriptor from `first` on.
void close_others(int first);

// For each child of the supervisor: its name in ps, and death together with the supervisor.
void become_child(const char* name);

}  // namespace sbraid::collect

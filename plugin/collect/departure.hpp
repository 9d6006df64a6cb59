// Leaving the cgroup of the step that we were started in: the one thing that a helper of slurmstepd has to
// get right. slurmstepd waits for every process in the step's cgroup, and drains the node when one does not
// go.
#pragma once

#include <string>

namespace sbraid::collect {

// Where this process was, and where memory cgroups are: known only before it leaves.
struct Origin {
    std::string memberships;  // text of /proc/self/cgroup
    std::string memory_mount, memory_root;
    bool unified = false;
};

// Moves the calling process out of every job's cgroup, in all hierarchies, and makes sure of it. True when it
// is outside, also when it has always been. On false the process must end at once. Call it before anything
// else.
[[nodiscard]] bool leave_step(Origin& origin);

}  // namespace sbraid::collect

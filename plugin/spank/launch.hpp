// Starting the helper of a step from inside slurmstepd.
#pragma once

#include "spank/protocol.hpp"

namespace sbraid::spank {

struct Helper {
    int socket = -1;  // ours of the pair, close-on-exec; -1: there is no helper
    bool ready = false;
    protocol::Ready answer{};
};

// Spawns `collect` with a fixed environment and waits at most 50 ms for it to leave the step's cgroup. A
// helper that is slower is kept and counts as not ready; one that gives up, or cannot be started, leaves
// `socket` at -1. `label` is what an administrator sees in ps. `sim` may be null.
Helper launch(const char* collect, const char* label, const char* node, const char* sim) noexcept;

}  // namespace sbraid::spank

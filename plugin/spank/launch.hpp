// Starting the helper of a step from inside slurmstepd.
#pragma once

#include "spank/protocol.hpp"

namespace sbraid::spank {

struct Helper {
    int socket = -1;           // ours of the pair, close-on-exec; -1: there is no helper
    protocol::Ready answer{};  // all zero from one that is late
};

// Spawns `collect` with a fixed environment and waits at most `patience_ms` for it to leave the step's
// cgroup. One that is still inside then is killed. One that gives up, is killed, or cannot be started leaves
// `socket` at -1. `label` is what an administrator sees in ps. `sim` may be null.
Helper launch(const char* collect, const char* label, const char* node, const char* sim,
              int patience_ms) noexcept;

}  // namespace sbraid::spank

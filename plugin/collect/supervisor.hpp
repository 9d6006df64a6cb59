// The process that everything else of a collector hangs on: it listens to the shim, hands out work, keeps the
// deadlines, and ends in time whatever happens. It loads no library of anybody's, opens no file of the user,
// and never waits for a child.
#pragma once

#include "collect/departure.hpp"

namespace sbraid::collect {

// Returns when the step is over and all that could be stored is stored: at the latest 28 s after the shim's
// `end`, or after slurmstepd has gone without one.
void supervise(const Origin& origin);

}  // namespace sbraid::collect

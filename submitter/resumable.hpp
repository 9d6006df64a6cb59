#pragma once

#include <optional>
#include <string>

#include "failure.hpp"
#include "run.hpp"

namespace sbraid {

/// Why `resume` has nothing to do though the run did not succeed: it was cancelled, or tasks of it failed.
/// nullopt: it is not that. The state is that of now; the caller holds the run's lock.
[[nodiscard]] std::optional<Failure> why_not_resumed(const Run& run);

/// `nothing to resume, all is submitted; ` where that is so; empty: something is still to be submitted or
/// released.
[[nodiscard]] std::string nothing_to_resume(const Run& run);

}  // namespace sbraid

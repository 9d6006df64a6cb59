#pragma once

#include <optional>
#include <string>

#include "failure.hpp"
#include "run.hpp"
#include "sbraid/resume_choice.hpp"

namespace sbraid {

/// Why there is nothing to submit of a run that ended without success; nullopt: it is not that. The state is
/// that of now, the caller holds the run's lock and has found nothing that `which` means.
[[nodiscard]] std::optional<Failure> why_not_resumed(const Run& run, Anew which);

/// `nothing to resume, all is submitted; ` where that is so; empty: something is still to be released.
[[nodiscard]] std::string nothing_to_resume(const Run& run);

}  // namespace sbraid

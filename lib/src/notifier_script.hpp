#pragma once

#include <string>

#include "sbraid/plan.hpp"

namespace sbraid {

/// The batch script of the plan's notifier. Ends well, whatever becomes of the message.
[[nodiscard]] std::string notifier_script(const SubmissionPlan& plan);

}  // namespace sbraid

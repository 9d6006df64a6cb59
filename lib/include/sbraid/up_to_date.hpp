#pragma once

#include <string>
#include <vector>

#include "sbraid/workflow.hpp"

namespace sbraid {

/// The paths and globs that `texts` of the task mean, one for each element and text; absolute, each once.
[[nodiscard]] std::vector<std::string> paths_of(const Task& task, const std::vector<PlacedText>& texts);

/// The workflow as it is when the tasks of `done` (one flag a task) have just succeeded: what waits for that
/// waits no longer, and what waits for their failure is gone, and with it what waits for its success. `final`
/// tasks stay; a service that is needed by nothing that is left goes.
[[nodiscard]] Workflow without(Workflow workflow, const std::vector<bool>& done);

}  // namespace sbraid

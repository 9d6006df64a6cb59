#pragma once

#include <optional>
#include <string>

#include "sbraid/plan.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid {

/// A batch script that does what bare_script() does, as a person would write it: the task's text itself,
/// below what it needs. nullopt where only bare_script() says the same: another program reads the text,
/// values of a matrix stand in it, or the task says more than this knows of.
[[nodiscard]] std::optional<std::string> readable_script(const PlannedJob& job, const Task& task);

}  // namespace sbraid

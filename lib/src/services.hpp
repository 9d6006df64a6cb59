#pragma once

#include <vector>

#include "reader.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid {

/// The tasks whose end ends the service: those that wait for its start; where there are none, all others of
/// its file and of what is inside. What is final or a service itself is not among them.
[[nodiscard]] std::vector<TaskIndex> served_by(const std::vector<Task>& tasks, TaskIndex service);

/// Reports services beside which nothing lives, and tasks that wait for a service to end.
void check_services(Reader& reader, const std::vector<Task>& tasks);

}  // namespace sbraid

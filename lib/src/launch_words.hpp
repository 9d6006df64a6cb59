#pragma once

#include <string>

#include "element_values.hpp"
#include "sbraid/plan.hpp"
#include "sbraid/workflow.hpp"

// What stands before a task's own command in its batch script: srun, torchrun or mpirun, and the container.

namespace sbraid {

/// The payload is a process of its own behind a launcher or in a container: it cannot read what only the
/// batch script has open.
[[nodiscard]] bool is_launched(const Task& task);
/// The launcher is one of those whose arguments the shell text of `run` is.
[[nodiscard]] bool takes_arguments(Launcher launcher);

/// Lines of run_task() that say where the ranks meet: MASTER_ADDR and MASTER_PORT. Empty where none need it.
[[nodiscard]] std::string rendezvous(const PlannedJob& job, const Task& task);

/// Lines of shell text, behind the setup, that the launcher's words need; may be empty.
[[nodiscard]] std::string launch_preparation(const PlannedJob& job, const Task& task);

/// `srun --export=ALL … apptainer exec …`: words of the shell, over several lines where they are many. Empty
/// for a task that is not launched.
[[nodiscard]] std::string launch_words(const PlannedJob& job, const Task& task, const ElementValues& values);

}  // namespace sbraid

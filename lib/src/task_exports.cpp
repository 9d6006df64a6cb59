#include "task_exports.hpp"

#include <fmt/format.h>

namespace sbraid {

std::string task_exports(const PlannedJob& job, const Task& task, const ElementValues& values,
                         std::string_view indent) {
    std::string lines;
    if (task.array && job.array && job.array->ranges != task.array->ranges) {
        const Numbering& numbering = job.numbering;
        const std::string step = numbering.step == 1 ? "" : fmt::format(" * {}", numbering.step);
        lines += fmt::format(
            "{0}# This job is a part of the task's array: the numbers of the whole.\n"
            "{0}export SLURM_ARRAY_TASK_ID=$((SLURM_ARRAY_TASK_ID{1} + {2})) SLURM_ARRAY_TASK_MIN={3}"
            " SLURM_ARRAY_TASK_MAX={4} SLURM_ARRAY_TASK_COUNT={5}\n",
            indent, step, numbering.first, task.array->min(), task.array->max(), task.array->size());
    }
    for (const auto& [name, value] : task.env)
        lines += fmt::format("{}export {}={}\n", indent, name, values.word(value));
    return lines;
}

}  // namespace sbraid

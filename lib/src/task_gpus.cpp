#include "task_gpus.hpp"

#include <fmt/format.h>

#include "sbraid/gpu_request.hpp"

namespace sbraid {

std::optional<std::int64_t> gpus_of(const Task& task) {
    PlannedJob job;
    for (const SbatchOption& option : task.options)
        job.options.push_back(option.value ? fmt::format("--{}={}", option.name, *option.value)
                                           : fmt::format("--{}", option.name));
    if (const auto* const script = std::get_if<ScriptFile>(&task.payload))
        job.sbatch_lines = script->sbatch_lines;
    return gpus_requested(job);
}

}  // namespace sbraid

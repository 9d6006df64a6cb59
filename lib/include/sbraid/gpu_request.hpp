#pragma once

#include <cstdint>
#include <optional>

#include "sbraid/plan.hpp"

namespace sbraid {

/// How many GPUs one element of this job asks for, from its options and the `#SBATCH` lines of its script
/// (options win): gpus, gpus-per-node, gpus-per-task, gres and tres-per-* of gpu. For where accounting cannot
/// say. 0 when it asks for none; nullopt when it asks by socket, which only Slurm can count.
[[nodiscard]] std::optional<std::int64_t> gpus_requested(const PlannedJob& job);

/// How many GPUs each node of this job has for one process there. 0 when it asks for none; nullopt when only
/// the nodes know, as where GPUs are asked for by job and it has several nodes.
[[nodiscard]] std::optional<std::int64_t> gpus_on_each_node(const PlannedJob& job);

}  // namespace sbraid

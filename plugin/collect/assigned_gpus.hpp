// Which of the node's GPUs the step was given, by Slurm's word.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collect/gpu_source.hpp"

namespace sbraid::collect {

// Positions in `gpus`, ascending, each once. `list` is SLURM_STEP_GPUS: numbers and ranges of them ("0,2-3":
// N of the device file), or UUIDs. nullopt when something in it is no GPU of this node: then none of it is
// believed.
std::optional<std::vector<std::size_t>> find_assigned(std::string_view list, const std::vector<Gpu>& gpus);

}  // namespace sbraid::collect

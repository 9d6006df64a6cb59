// Which of the node's GPUs the step was given, by Slurm's word.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "collect/gpu_source.hpp"

namespace sbraid::collect {

struct AssignedGpus {
    std::vector<std::size_t> positions;  // in the list of GPUs, ascending, each once
    // Why there are none ("no-such-gpu", "mig", "too-many") or fewer ("lost"); else empty.
    std::string unknown_because;
};

// `list` is SLURM_STEP_GPUS: numbers and ranges of them ("0,2-3"), or UUIDs; protocol::k_too_long stands for
// one that did not fit. When something in it is no GPU of this node, none of it is believed. Where a GPU of
// the node is partitioned (MIG), numbers count partitions and name no GPU.
AssignedGpus find_assigned(std::string_view list, const std::vector<Gpu>& gpus);

}  // namespace sbraid::collect

#pragma once

#include "reader.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid {

/// Reports what a task asks of GPUs that Slurm would refuse for its numbers or for what is missing beside it.
/// (Pairs that exclude each other are exclusions(); grammars are those of the option table.)
void check_gpu_options(Reader& reader, const Task& task);

}  // namespace sbraid

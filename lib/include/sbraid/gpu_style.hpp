#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sbraid {

struct SubmissionPlan;

/// How a site wants plain requests for GPUs to be spelled: some refuse one way, some the other.
enum class GpuStyle : std::uint8_t {
    gres,  ///< --gres=gpu:h100:4
    gpus,  ///< --gpus-per-node=h100:4
    tres,  ///< --tres-per-task=gres/gpu:h100:1 for GPUs of a rank; for those of a node there is none
};
[[nodiscard]] std::optional<GpuStyle> parse_gpu_style(std::string_view text);

/// Spells the requests for GPUs of the plan's tasks as the style has it, where that means exactly the same to
/// Slurm: GPUs of each node, those of the whole job where it has one node, and (tres) those of each rank.
/// Anything else is left as it is: counts with a suffix, types beside none, several of these options
/// together, and all of a script whose own lines ask for GPUs. The batch script sets the variables that
/// repeat an option (SLURM_GPUS, SLURM_GPUS_PER_NODE, SLURM_GPUS_PER_TASK), because srun obeys them, so that
/// the task and its steps see what they would see without a style. Returns what was done, a line a job:
/// `'train': --gpus-per-node=4 as --gres=gpu:4`.
std::vector<std::string> respell_gpus(SubmissionPlan& plan, GpuStyle style);

}  // namespace sbraid

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
/// together, and all of a script whose own lines ask for GPUs. What a job sees is the same but for the
/// variable that repeats the option: SLURM_GPUS_PER_NODE, SLURM_GPUS. Returns what was done, a line a job:
/// `'train': --gpus-per-node=4 as --gres=gpu:4`.
std::vector<std::string> respell_gpus(SubmissionPlan& plan, GpuStyle style);

}  // namespace sbraid

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sbraid/event.hpp"

// The records of a job's GPUs, folded into one account without counting anything twice.

namespace sbraid {

/// What is known of whether a GPU was used.
enum class GpuVerdict {
    used,       ///< somebody saw it busy
    idle,       ///< it was held (a process, or nobody knows) but never busy
    untouched,  ///< watched long enough, no process and never busy
    unknown     ///< not watched enough to say: never taken for idle
};

/// A GPU as one rank used it, or (rank absent) the whole board.
struct GpuRow {
    std::string uuid;
    std::optional<std::uint32_t> rank;
    std::string node;
    std::optional<double> util_mean, util_max;  ///< per cent
    std::optional<std::int64_t> mem_max_bytes, mem_total_bytes;
    std::optional<double> energy_j;  ///< of the board; absent in the rows of ranks that share one
    std::optional<double> idle_fraction, longest_idle_s;
    std::optional<std::uint32_t> processes;
    double coverage = 0;
    std::string unknown_because;
    bool simulated = false;
    // Of the board, the same in all its rows:
    GpuVerdict verdict = GpuVerdict::unknown;
    bool shared = false;  ///< some time another rank or another job was on it too
    /// Per cent over the time that the job had the board, also before and after the ranks that used it: what
    /// GpuSummary::util_mean is the mean of.
    std::optional<double> board_util_mean;
};

/// All GPUs of one element together. Boards count once, however many ranks used them.
struct GpuSummary {
    std::size_t boards = 0;                     ///< distinct UUIDs
    std::size_t known = 0;                      ///< of them, those whose utilisation is known
    std::size_t shared = 0;                     ///< of them, those that were shared
    std::optional<double> util_mean, util_max;  ///< over the boards that are known
    std::optional<std::int64_t> mem_max_bytes;  ///< of the fullest board
    std::optional<double> energy_j;             ///< sum of the known ones
    std::optional<double> idle_fraction;        ///< mean
    std::optional<double> coverage;             ///< the least
    std::string unknown_because;                ///< when nothing is known
    bool simulated = false;
};

struct GpuUse {
    std::vector<GpuRow> rows;  ///< by rank, those without a rank last; then node, uuid
    GpuSummary summary;
};

/// Below this share of the time samples cannot say that a GPU was idle.
inline constexpr double k_enough_coverage = 0.5;

/// `records` and `steps` of one attempt of one element. A job's numbered steps (srun) run inside its batch
/// step, on the same GPUs at the same time, so:
/// - the ranks are those of the numbered steps, and those of the batch step that used the GPU themselves;
/// - a board's energy, mean and idle time are the batch step's reading of the whole board, which spans the
/// job; only
///   without one, or where the numbered steps saw more of it, are those added up, each once.
/// `weight` gives how long a step had its GPUs (seconds), for means over several steps.
[[nodiscard]] GpuUse gpu_use(const std::vector<const GpuUsed*>& records,
                             const std::vector<const StepStarted*>& steps,
                             const std::function<double(const StepKey&)>& weight);

}  // namespace sbraid

// Was a rank's own cgroup out of memory? Slurm does not tell which rank it was; the kernel does, until the
// step's cgroups are removed, which is soon after slurm_spank_task_exit.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "spank/protocol.hpp"

namespace sbraid::spank {

// The places of the ranks' memory cgroups on this node: they differ by a number only, so 4,096 of them are
// small.
class OomWatch {
  public:
    // Reads /proc/PID/cgroup of a rank that is placed and waits for its exec.
    void note_rank(std::uint32_t local_rank, pid_t pid, const protocol::Ready& ready) noexcept;

    // 1: a process of this rank was OOM-killed; 0: none; -1: not known (no memory cgroup of its own, cannot
    // read).
    [[nodiscard]] int killed(std::uint32_t local_rank) const noexcept;

  private:
    static constexpr std::uint32_t k_most_ranks = 4096;

    char prefix_[2048];  // "/sys/fs/cgroup/memory/slurm/…/step_0/task_"; empty before the first
    std::uint32_t tasks_[k_most_ranks];  // the number behind it, plus one; 0: none
    bool unified_;
};

}  // namespace sbraid::spank

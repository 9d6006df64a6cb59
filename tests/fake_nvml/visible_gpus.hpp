// Which GPUs of its node a process may use, in the order in which CUDA would number them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "folder.hpp"
#include "result.hpp"

namespace sbraid::sim {

// What Slurm tells a process about its GPUs.
struct GpuEnvironment {
    std::optional<std::string> cuda_visible_devices;
    std::optional<std::string> slurm_step_gpus;  // indexes (or UUIDs) of the node's devices
    std::optional<std::string> slurm_job_gpus;   // the same for the job, where the step does not say
    // Does the job see only its own devices (ConstrainDevices)? Then CUDA_VISIBLE_DEVICES counts those from
    // 0.
    bool renumbered = false;
};

// `node` is the node's devices by index. Like CUDA, the list ends at the first entry that names no device.
// Without any of the variables everything on the node is visible, but to a constrained job nothing is.
Result<std::vector<DeviceEntry>> visible_gpus(const std::vector<DeviceEntry>& node,
                                              const GpuEnvironment& environment);

// Whether the text of /proc/self/cgroup says that Slurm confines the process' devices: on cgroup v1 the
// devices controller has a step in its path; on v2 the one path has (there it cannot be told whether devices
// are confined, so a step is taken to be).
bool devices_are_confined(std::string_view cgroup_text);

}  // namespace sbraid::sim

// Reading paths of Slurm's cgroups, without composing any: names differ between releases and configurations.
//
//   v1        /slurm/uid_1000/job_12/step_0/task_3          in each hierarchy, with less behind job_12 in
//   some;
//             "slurm" is "slurm_n1" with several slurmds on a host, and may stand deeper
//   v2        /system.slice/slurmstepd.scope/job_12/step_0/user/task_3
//             the scope is "n1_slurmstepd.scope" with several slurmds, the job an opaque id since 26.05
//
// All functions are pure, allocate nothing, never fail; views point into the argument. Used in slurmstepd by
// the shim, so nothing here may need the C++ runtime library.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sbraid::cgroup {

// One line of /proc/PID/cgroup: "4:memory:/slurm/…". `controllers` is empty for the unified hierarchy (v2).
struct Membership {
    std::string_view controllers;
    std::string_view path;
};

// Takes the next line off `text`; nullopt at the end. Malformed lines are skipped.
std::optional<Membership> next_membership(std::string_view& text) noexcept;

// True when `name` is among the comma-separated `controllers`.
bool has_controller(std::string_view controllers, std::string_view name) noexcept;

// Where a process of Slurm's tree has to go to be outside of every job: in v1 the parent of Slurm's own
// folder
// ("" is the root), in v2 the scope, where the folder "system" below it is the place to be. nullopt: this
// path is not inside of a job.
struct WayOut {
    std::string_view parent;
    bool is_scope = false;
};
std::optional<WayOut> way_out(std::string_view path) noexcept;

// The path up to and including the job's or the step's folder; empty when it has none.
std::string_view job_of(std::string_view path) noexcept;
std::string_view step_of(std::string_view path) noexcept;

// The number of the task_N folder below the step: what N counts (local or global ranks) depends on the
// release.
std::optional<std::uint32_t> task_of(std::string_view path) noexcept;

// The mount of a v1 hierarchy (by its list of controllers, as /proc/PID/cgroup shows it) or of the unified
// one (empty list), from the text of /proc/self/mountinfo. nullopt: not mounted.
struct Mount {
    std::string_view point;
    std::string_view root;
};
std::optional<Mount> find_mount(std::string_view mountinfo, std::string_view controllers) noexcept;

// What of `path` is below a mount's root ("" for the root itself); nullopt when it lies elsewhere.
std::optional<std::string_view> below(std::string_view root, std::string_view path) noexcept;

}  // namespace sbraid::cgroup

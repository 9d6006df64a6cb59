// Read /proc/self/cgroup; for each hierarchy where we are inside of a job, write our pid to the cgroup.procs
// of the way out (v1: beside Slurm's folder; v2: <scope>/system, where slurmstepd itself goes when it leaves
// a step); read again and compare. Mount points come from /proc/self/mountinfo, so a configured mount point
// does not matter.
#include "collect/departure.hpp"

#include <sys/stat.h>

#include <cerrno>

#include "collect/file.hpp"
#include "spank/cgroup_path.hpp"

namespace sbraid::collect {
namespace {

void leave_hierarchy(const std::string& mounts, const cgroup::Membership& membership) {
    const auto way = cgroup::way_out(membership.path);
    const auto mount = cgroup::find_mount(mounts, membership.controllers);
    if (!way || !mount) return;
    const auto inside = cgroup::below(mount->root, way->parent);
    if (!inside) return;
    std::string folder = std::string(mount->point) + std::string(*inside);
    if (way->is_scope) {
        folder += "/system";
        mkdir(folder.c_str(), 0755);  // there since Slurm 22.05; without it the write fails and we do not run
    }
    write_once(folder + "/cgroup.procs", "0");  // 0 is the writer itself; judged by reading again
}

bool is_outside(const std::string& memberships) {
    std::string_view rest = memberships;
    while (const auto membership = cgroup::next_membership(rest))
        if (cgroup::way_out(membership->path)) return false;
    return !memberships.empty();
}

void find_memory(const std::string& mounts, Origin& origin) {
    auto mount = cgroup::find_mount(mounts, "memory");
    if (!mount) {
        mount = cgroup::find_mount(mounts, "");
        origin.unified = true;
    }
    if (!mount) return;
    origin.memory_mount = mount->point;
    origin.memory_root = mount->root;
}

}  // namespace

bool leave_step(Origin& origin) {
    const std::string mounts = read_whole("/proc/self/mountinfo", k_most_mountinfo);
    origin.memberships = read_whole("/proc/self/cgroup", k_most_proc);
    if (origin.memberships.empty()) return errno == ENOENT;  // a kernel without cgroups has none to leave
    find_memory(mounts, origin);
    std::string_view rest = origin.memberships;
    while (const auto membership = cgroup::next_membership(rest)) leave_hierarchy(mounts, *membership);
    return is_outside(read_whole("/proc/self/cgroup", k_most_proc));
}

}  // namespace sbraid::collect

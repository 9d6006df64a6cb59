# shellcheck shell=bash disable=SC2154,SC2034,SC2016,SC2317
# cgroups (v1) of a box of root.
#
# Slurm puts its groups into /slurm_<node> of each hierarchy, which two boxes with a node n1 would share, and then take
# each other's jobs for their own. So each box has a group /slurm-box-<id>, and CgroupMountpoint is a folder of links
# into it. Where v1 cannot be used (no root, or a machine with v2 only) processes are tracked by linuxproc and nothing
# is enforced.

cgroup_mount=/sys/fs/cgroup
cgroup_controllers=(freezer memory devices cpuset cpuacct cpu)
use_cgroups=no

prepare_cgroups() {
    use_cgroups=no
    ((EUID == 0)) || return 0
    local controller group
    for controller in "${cgroup_controllers[@]}"; do
        if [[ ! -e $cgroup_mount/$controller/tasks ]] || ! mkdir -p "$cgroup_mount/$controller/slurm-box-$box_id" 2>/dev/null; then
            say "no usable cgroup v1 controller '$controller' under $cgroup_mount: using linuxproc, nothing is enforced"
            remove_cgroups
            return 0
        fi
    done
    group=$cgroup_mount/cpuset/slurm-box-$box_id
    cat "$cgroup_mount/cpuset/cpuset.cpus" >"$group/cpuset.cpus"
    cat "$cgroup_mount/cpuset/cpuset.mems" >"$group/cpuset.mems"
    mkdir -p "$dir/cgroup"
    for controller in "${cgroup_controllers[@]}"; do
        ln -sfn "$cgroup_mount/$controller/slurm-box-$box_id" "$dir/cgroup/$controller"
    done
    use_cgroups=yes
}

box_groups() { # every group of the box, children before parents
    local controller
    for controller in "${cgroup_controllers[@]}"; do
        find "$cgroup_mount/$controller/slurm-box-$box_id" -depth -type d 2>/dev/null || true
    done
}

cgroup_pids() {
    local group
    while read -r group; do
        if [[ -w $group/freezer.state ]]; then
            echo THAWED >"$group/freezer.state" || true # the frozen cannot die
        fi
        cat "$group/cgroup.procs"
    done < <(box_groups) 2>/dev/null | sort -u
}

remove_cgroups() {
    local group
    while read -r group; do
        removed() { rmdir "$group" 2>/dev/null || [[ ! -e $group ]]; }
        wait_until 5 removed || say "warning: cannot remove $group"
    done < <(box_groups)
    rm -rf "$dir/cgroup"
}

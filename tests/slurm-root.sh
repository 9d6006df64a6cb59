#!/bin/bash
# Runs a command beside another release of Slurm: in a root of the Debian suite that has it, made once by debootstrap.
#
#   tests/slurm-root.sh 24.11                         make the root if it is not there, and say where it is
#   tests/slurm-root.sh 24.11 ninja -C build-24.11    … and run this in the source tree, as the root sees it
#   tests/slurm-root.sh --check 24.11                 can there be one? exit 1 and the reason if not
#   tests/slurm-root.sh --list                        which releases there are
#
# The root stands in build-root/RELEASE of the source tree, or in $SBRAID_ROOTS. It sees the source tree, the test cases
# ($SBRAID_CASES, or those beside the tree), /dev, /sys and the network of this machine; programs, libraries, processes and
# /tmp are its own. The mirror is that of this machine's apt, or $SBRAID_MIRROR. Only root can do this.
#
# Mounts and processes live in namespaces of their own: nothing of them is left when the command has ended.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin # of debootstrap

# Where each release is.
declare -A suites=([24.11]=trixie [26.05]=sid)

die() {
    printf 'slurm-root: error: %s\n' "$1" >&2
    [[ $# -lt 2 ]] || printf 'hint: %s\n' "$2" >&2
    exit 1
}

# The mirror of this machine's own apt: of the first index that it reads packages from.
# shellcheck disable=SC2016 # apt's own variable
mirror() { echo "${SBRAID_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sed -n 1p)}"; }

# What stands in the way of a root that works, with what to do about it.
check() {
    ((EUID == 0)) || die "a root with Slurm $release is made and entered by root alone" "run this as root"
    unshare --mount --pid --fork true 2>/dev/null ||
        die "this machine lets nobody have namespaces of their own" "in a container: run it with --privileged"
    [[ ! -d $root ]] || return 0
    type -P debootstrap >/dev/null || die "debootstrap is not installed" "apt-get install debootstrap"
    [[ -n $(mirror) ]] || die "apt knows no mirror here" "SBRAID_MIRROR=URL names one of Debian"
}

make_root() {
    local new=$root.new log=$root.log script=/usr/share/debootstrap/scripts/$suite
    [[ -e $script ]] || script=/usr/share/debootstrap/scripts/sid # a suite that is newer than debootstrap
    echo "slurm-root: making a root of $suite for Slurm $release in $root (some minutes)" >&2
    rm -rf "$new"
    mkdir -p "$new"
    debootstrap --variant=minbase "$suite" "$new" "$(mirror)" "$script" >"$log" 2>&1 ||
        die "debootstrap failed: $(tail -n 1 "$log")" \
            "all that it said is in $log; the mirror must be one of Debian: SBRAID_MIRROR=URL names another"
    # The way to the mirror is that of this machine. A mirror of sid that stands still for a week has an expired index.
    {
        apt-config dump | grep -E '^Acquire::https?::' || true
        echo 'Acquire::Check-Valid-Until "false";'
    } >"$new/etc/apt/apt.conf.d/99slurm-root"
    mv "$new" "$root"
}

# Mounts what the root is to see of this machine, and runs the command there.
enter() {
    local cases=${SBRAID_CASES:-$source_dir/../shared/cases}
    mount --make-rprivate /
    mount --bind "$root" "$root" # pivot_root wants a mount point
    cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
    mount --rbind /dev "$root/dev"
    mount --rbind /sys "$root/sys"
    mount -t proc proc "$root/proc"
    mkdir -p "$root$source_dir"
    mount --bind "$source_dir" "$root$source_dir"
    if [[ -d $cases ]]; then
        cases=$(readlink -f "$cases")
        mkdir -p "$root$cases"
        mount --bind "$cases" "$root$cases"
        mount -o remount,bind,ro "$root$cases"
    else
        cases=''
    fi
    # Not chroot, in which nobody may have namespaces of his own (the tests do). The old root leaves what is seen.
    cd "$root"
    pivot_root . .
    umount --lazy .
    # No exec: this shell is the first process of its namespace, and as such buries the dead, for which slurm-box waits.
    local code=0
    # shellcheck disable=SC2016 # for the shell in the root
    /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
        TERM="${TERM:-dumb}" CI="${CI:-}" CCACHE_DIR="$source_dir/build-root/ccache" SBRAID_SLURM_ROOT="$release" \
        ${cases:+SBRAID_CASES="$cases"} bash -c 'cd "$1" && shift && exec "$@"' - "$source_dir" "$@" || code=$?
    exit "$code"
}

releases() { printf '%s\n' "${!suites[@]}" | sort; }

only_check=no
[[ ${1:-} != --list ]] || { releases; exit 0; }
[[ ${1:-} != --check ]] || { only_check=yes; shift; }
release=${1:-}
[[ -n $release && -n ${suites[$release]:-} ]] || {
    echo "usage: tests/slurm-root.sh [--check] $(releases | paste -sd'|') [COMMAND…]" >&2
    exit 2
}
shift
source_dir=$(dirname "$(dirname "$(readlink -f "$0")")")
suite=${suites[$release]}
root=$(readlink -m "${SBRAID_ROOTS:-$source_dir/build-root}/$release")

if [[ ${SBRAID_IN_NAMESPACE:-} == "$root" ]]; then
    unset SBRAID_IN_NAMESPACE
    enter "$@"
fi
check
[[ $only_check == no ]] || exit 0
if [[ ! -d $root ]]; then
    mkdir -p "$(dirname "$root")"
    exec {lock}>"$root.lock"
    flock "$lock"
    [[ -d $root ]] || make_root
    exec {lock}>&-
fi
(($#)) || {
    echo "$root"
    exit 0
}
export SBRAID_IN_NAMESPACE=$root
run=(unshare --mount --pid --fork --kill-child -- "$0" "$release" "$@")
[[ ! -t 0 ]] || exec "${run[@]}" # for a person, whose Ctrl-C is for the command
# unshare itself waits for its child, whatever signal comes; with its death all processes of the root end.
"${run[@]}" <&0 &
trap 'kill -KILL $!; exit 143' TERM INT HUP
wait $!

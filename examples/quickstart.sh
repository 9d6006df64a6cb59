#!/bin/bash
# From a bare machine to a report: installs what is missing, builds, starts a private Slurm of 4 nodes with 4 GPUs each,
# submits examples/finetune, shows it run, prints what its GPUs did. Repeat it as often as you like.
set -euo pipefail

help() {
    cat <<'TEXT'
usage: examples/quickstart.sh [--dir DIR] [--build DIR] [--no-install]

  --dir DIR       folder of the private Slurm (default: ~/.cache/sbraid/quickstart, for root /var/lib/sbraid/quickstart)
  --build DIR     build folder (default: build)
  --no-install    do not look for missing packages
  --help          this text

Runs as root, or as an ordinary user with sudo (used for apt-get only; the Slurm is then that user's own).
TEXT
}

# die MESSAGE HINT [STATUS]
die() {
    printf 'quickstart: error: %s\nhint: %s\n' "$1" "$2" >&2
    exit "${3:-1}"
}

source_dir=$(dirname "$(dirname "$(readlink -f "$0")")")
build=$source_dir/build install=yes
if ((EUID == 0)); then box=/var/lib/sbraid/quickstart; else box=$HOME/.cache/sbraid/quickstart; fi
while (($#)); do
    case $1 in
    --dir | --build)
        (($# >= 2)) || die "$1 wants a value" "see --help" 2
        if [[ $1 == --dir ]]; then box=$(readlink -m "$2"); else build=$(readlink -m "$2"); fi
        shift 2
        ;;
    --no-install) install=no; shift ;;
    --help | -h) help; exit 0 ;;
    *) die "unknown option '$1'" "see --help" 2 ;;
    esac
done

step() { printf '\n== %s\n' "$*"; }
slurm_box=$source_dir/packaging/slurm-box
example=$source_dir/examples/finetune

# What would fail in the middle is told now.
for path in "$build" "$box"; do
    [[ $path != *[[:space:]]* ]] ||
        die "the configuration of Slurm cannot hold a path with blanks: '$path'" "give other folders with --build and --dir"
done
foreign=$(find "$build" "$example/.sbraid" ! -user "$EUID" ! -writable -print -quit 2>/dev/null) || true
[[ -z $foreign ]] ||
    die "'$foreign' belongs to '$(stat -c %U "$foreign")', of an earlier quickstart perhaps" \
        "go on as that user, or remove $build and $example/.sbraid"
[[ -w $example ]] || die "'$example' cannot be written, and the run is put there" "copy this folder: cp -r $source_dir ~/sbraid"

if [[ $install == yes ]]; then
    step "packages"
    "$source_dir/packaging/install-deps.sh" build slurm
fi

step "build (the first time takes some minutes)"
mkdir -p "$build"
options=(-DSBRAID_TESTS=ON -DSBRAID_PLUGIN=ON) # a folder of somebody who wanted neither may be used
if [[ ! -e $build/CMakeCache.txt ]]; then # as tests/run.sh, so that it need not compile again; what is there stays as it is
    options+=(-G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE=-O1 -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
fi
cmake -S "$source_dir" -B "$build" "${options[@]}" >"$build/quickstart.log" 2>&1 || {
    cat "$build/quickstart.log" >&2
    die "cmake failed" "remove $build if it is of no use to you, or give another folder with --build"
}
quiet=(--quiet)
[[ ! -t 1 ]] || quiet=() # a terminal gets one line that counts
cmake --build "$build" --parallel "$(nproc)" --target sbraid sbraid-collect spank_sbraid fake_nvml sbraid-sim-gpu -- "${quiet[@]}"

step "a private Slurm in $box"
plugin_arguments="collect=$build/bin/sbraid-collect"
simulated=no
if [[ $(PATH=$PATH:/sbin:/usr/sbin ldconfig -p) != *libnvidia-ml.so.1* ]]; then
    simulated=yes
    plugin_arguments+=" nvml=$build/lib/sbraid-sim/libnvidia-ml.so.1"
    echo "no NVIDIA library here: every number of a GPU below is that of a simulated GPU"
fi
"$slurm_box" start --dir "$box" --nodes 4 --gpus 4 --gpu-type h100 --bin "$build/bin" \
    --plugin "$build/lib/sbraid/spank_sbraid.so" --plugin-args "$plugin_arguments"
eval "$("$slurm_box" env --dir "$box")"
[[ $simulated == yes ]] || unset SBRAID_SIM_DIR
sinfo

# Whatever happens from here on, the cluster stays, so that one can look; and one is told how to end it.
# shellcheck disable=SC2317 # called by the trap
how_to_go_on() {
    local status=$?
    cat <<TEXT

The cluster is still there. To use it in this shell, and to end it:
    eval "\$($slurm_box env --dir $box)"
    $slurm_box stop --dir $box
TEXT
    exit "$status"
}
trap how_to_go_on EXIT

cd "$example"
step "sbraid submit flow.toml    (in $PWD)"
sbraid submit --again flow.toml

step "sbraid status --watch"
sbraid status --watch # ends with the run
outcome=0
sbraid wait || outcome=$?

step "sbraid report"
sbraid report
if [[ $simulated == yes ]]; then
    echo "(simulated GPU: this machine has no NVIDIA library)"
fi
exit "$outcome"

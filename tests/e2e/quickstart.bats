#!/usr/bin/env bats
# The first command of the README, as a reader types it, and once more; only the packages are taken for granted.

load lib

setup_file() {
    make_scratch
    export BOX_DIR=$SCRATCH/box
}

teardown_file() {
    as_user "$SLURM_BOX" stop --dir "$SCRATCH/work/box" >&2
    box_stop
}

quickstart() { "$SBRAID_SOURCE/examples/quickstart.sh" --no-install --build "$SBRAID_BUILD" --dir "$BOX_DIR"; }

@test "the quickstart runs its example to the end and prints the report" {
    run quickstart
    equal 0 "$status"
    [[ $output == *"4 nodes with 4 GPUs are up in $BOX_DIR"* ]]
    [[ $output == *"== sbraid report"*succeeded*train*COMPLETED*eval*COMPLETED*alarm*SKIPPED* ]]
    [[ $output == *"$SLURM_BOX stop --dir $BOX_DIR"* ]]
    if [[ $output == *"no NVIDIA library here"* ]]; then
        [[ ${output#*== sbraid report} == *"simulated GPU"* ]]
    fi
}

@test "a second quickstart uses the cluster that is there" {
    run quickstart
    equal 0 "$status"
    [[ $output == *"already running in $BOX_DIR"* ]]
    [[ $output == *"== sbraid report"*succeeded* ]]
}

@test "the command that it names ends the cluster, helpers of the plugin included" {
    id=$(<"$BOX_DIR/box.id")
    "$SLURM_BOX" stop --dir "$BOX_DIR"
    equal '' "$(grep -l "$BOX_DIR" /proc/[0-9]*/cmdline 2>/dev/null)"
    equal '' "$(grep -lxz "SLURM_BOX_ID=$id" /proc/[0-9]*/environ 2>/dev/null)"
    equal '' "$(find /sys/fs/cgroup -name "slurm-box-$id" 2>/dev/null)"
}

# -------------------------------------------------------------------------------------------------- of another user

# A copy of the tree that belongs to an ordinary user, and a build folder that has all in it: cmake only says how it was
# called.
user_tree() { # [BUILD]
    TREE=$SCRATCH/work/tree BUILD=${1:-$SCRATCH/work/build} STUBS=$SCRATCH/stubs
    rm -rf "$TREE" "$BUILD" "$STUBS"
    mkdir -p "$STUBS"
    printf '#!/bin/bash\necho "cmake $*"\n' >"$STUBS/cmake"
    chmod +x "$STUBS/cmake"
    as_user mkdir -p "$TREE" "$BUILD"
    as_user ln -s "$SBRAID_BUILD/bin" "$SBRAID_BUILD/lib" "$BUILD"
    cp -r "$SBRAID_SOURCE/examples" "$SBRAID_SOURCE/packaging" "$TREE"
    rm -rf "$TREE"/examples/*/.sbraid
    if ((EUID == 0)); then chown -R "$TEST_USER" "$TREE"; fi
}

users_quickstart() { # OPTION…
    as_user env PATH="$STUBS:$PATH" "$TREE/examples/quickstart.sh" --no-install --build "$BUILD" --dir "$SCRATCH/work/box" "$@"
}

@test "an ordinary user has the same, and where Slurm makes no cgroups no GPU counts as shared for that" {
    user_tree
    run users_quickstart
    equal 0 "$status"
    [[ $output == *"4 nodes with 4 GPUs are up in $SCRATCH/work/box"* ]]
    [[ $output == *"== sbraid report"*succeeded*train*COMPLETED*eval*COMPLETED*alarm*SKIPPED* ]]
    eval "$(as_user "$SLURM_BOX" env --dir "$SCRATCH/work/box")"
    cd "$TREE/examples/finetune"
    wait_for 60 no_helpers
    as_user "$SBRAID_BUILD/bin/sbraid" report --json >"$SCRATCH/report.json"
    equal '[false]' "$(jq -c '[.. | objects | .shared | booleans] | unique' "$SCRATCH/report.json")"
    as_user "$SLURM_BOX" stop --dir "$SCRATCH/work/box"
}

@test "what another user has left behind is told before anything is built" {
    need_root
    user_tree "$SCRATCH/work/roots"
    chown -h root "$SCRATCH/work/roots" "$SCRATCH/work/roots"/*
    run users_quickstart
    equal 1 "$status"
    [[ $output == *"'$BUILD' belongs to 'root'"*"hint: "*"$BUILD"* ]]
    [[ $output != *"== build"* ]]

    user_tree
    mkdir "$TREE/examples/finetune/.sbraid"
    run users_quickstart
    equal 1 "$status"
    [[ $output == *"'$TREE/examples/finetune/.sbraid' belongs to 'root'"* ]]
}

@test "a path with blanks is refused before anything is built" {
    user_tree "$SCRATCH/work/my build"
    run users_quickstart
    equal 1 "$status"
    [[ $output == *"a path with blanks: '$BUILD'"*"hint: "* ]]
    [[ $output != *"== build"* ]]
}

@test "NVIDIA's library is found among however many there are, and any build folder will do" {
    user_tree
    printf '#!/bin/bash\nprintf "\\tlib%%s.so.1 => /lib\\n" nvidia-ml {1..20000}\n' >"$STUBS/ldconfig"
    chmod +x "$STUBS/ldconfig"
    printf '#!/bin/bash\necho "slurm-box $*"\nexit 1\n' >"$TREE/packaging/slurm-box"
    as_user touch "$BUILD/CMakeCache.txt"
    run users_quickstart
    equal 1 "$status"
    [[ $output == *"slurm-box start "* ]]
    [[ $output != *"no NVIDIA library"* && $output != *nvml=* ]]
    configured=$(<"$BUILD/quickstart.log")
    [[ $configured == *"-DSBRAID_TESTS=ON -DSBRAID_PLUGIN=ON"* && $configured != *" -G "* ]]
}

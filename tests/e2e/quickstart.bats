#!/usr/bin/env bats
# The first command of the README, as a reader types it, and once more; only the packages are taken for granted.

load lib

setup_file() {
    make_scratch
    export BOX_DIR=$SCRATCH/box
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

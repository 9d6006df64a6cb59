# shellcheck shell=bash
# What the tests of whole runs share: submit, wait, and look at what Slurm made of it. Comes after lib.bash.

SBRAID=$SBRAID_BUILD/bin/sbraid
export SBRAID

# box_with_plugin OPTION…: a box whose nodes have the plugin and simulated GPUs.
box_with_plugin() {
    # shellcheck disable=SC2016
    box_start --plugin "$PLUGIN_LIBRARY" \
        --plugin-args "collect=$SBRAID_BUILD/bin/sbraid-collect nvml=$NVML_FOLDER/libnvidia-ml.so.1 sim=\$SLURM_BOX_DIR/sim spool=\$SLURM_BOX_DIR/sbraid-spool $PLUGIN_PATIENCE" \
        "$@"
}

# example NAME: a copy of an example in $FLOW, a folder that the nodes see.
example() {
    FLOW=$(mktemp -d "$SCRATCH/work/${1##*/}.XXXXXX")
    chmod 755 "$FLOW"
    cp -r "$SBRAID_SOURCE/examples/$1/." "$FLOW"
    rm -rf "$FLOW/.sbraid" # of a quickstart in the tree
    cd "$FLOW" || return 1
}

# write_flow: standard input becomes $FLOW/flow.toml in a folder of its own.
write_flow() {
    FLOW=$(mktemp -d "$SCRATCH/work/flow.XXXXXX")
    chmod 755 "$FLOW"
    cat >"$FLOW/flow.toml"
    cd "$FLOW" || return 1
}

# submit_flow OPTION…: submits $FLOW/flow.toml; sets RUN to the run id and JOBS to its JSON.
submit_flow() {
    JOBS=$("$SBRAID" submit --json "$@" flow.toml) || {
        echo "$JOBS" >&2
        return 1
    }
    export RUN
    RUN=$(jq -r .run <<<"$JOBS")
}

# job_of TASK: the job id of a task of the newest run.
job_of() { "$SBRAID" status --json | jq -r --arg t "$1" '[.tasks[] | select(.task == $t)][0].job_id | sub("_.*"; "")'; }

# state_of TASK: the states of a task's elements, sorted, each once.
state_of() { "$SBRAID" status --json | jq -r --arg t "$1" '[.tasks[] | select(.task == $t).state] | unique | join(" ")'; }

# sacct_epoch JOB Start|End: the earliest start or the latest end over all elements, in epoch seconds.
sacct_epoch() {
    SLURM_TIME_FORMAT=%s sacct --noheader --parsable2 --allocations --jobs="$1" --format="$2" |
        if [[ $2 == Start ]]; then sort -n | head -n 1; else sort -n | tail -n 1; fi
}

# starts_after CHILD PARENT: by sacct, no element of the child starts before every element of the parent has ended.
starts_after() {
    local child parent start end
    child=$(job_of "$1") parent=$(job_of "$2")
    wait_for 60 sacct_has_ends "$2"
    wait_for 60 sacct_has_ends "$1"
    start=$(sacct_epoch "$child" Start) end=$(sacct_epoch "$parent" End)
    [[ $start =~ ^[0-9]+$ && $end =~ ^[0-9]+$ ]] || {
        echo "no times in sacct: $1 starts '$start', $2 ends '$end'" >&2
        return 1
    }
    ((start >= end)) || {
        echo "$1 starts at $start, before $2 ends at $end" >&2
        return 1
    }
}

# sacct_has_ends TASK: sacct_has_end of every element.
sacct_has_ends() {
    local elements
    elements=$("$SBRAID" status --json | jq --arg t "$1" '[.tasks[] | select(.task == $t)] | length')
    [[ $(sacct --noheader --parsable2 --allocations --jobs="$(job_of "$1")" --format=End,ReqTRES | grep -c '^[0-9].*|.') == "$elements" ]]
}

# never_ran TASK: by sacct it has had no node. (Slurm may give a job that was cancelled in the queue its end for a start.)
never_ran() {
    local job nodes
    job=$(job_of "$1")
    wait_for 60 sacct_has_end "$job"
    nodes=$(sacct --noheader --parsable2 --allocations --jobs="$job" --format=NodeList)
    [[ $nodes == "None assigned" ]] || {
        echo "$1 (job $job) ran on '$nodes'" >&2
        return 1
    }
}

queue_of_run() { squeue --noheader --format='%i %k' | grep -F "sbraid:$1:" || true; }

# has_left_queue RUN: false also when squeue has no answer.
has_left_queue() {
    local jobs
    jobs=$(squeue --noheader --format=%k) && ! grep -qF "sbraid:$1:" <<<"$jobs"
}

# The records of the run, wherever they went.
records() { cat .sbraid/"$RUN"/state.jsonl .sbraid/"$RUN"/state.d/*.jsonl 2>/dev/null || true; }

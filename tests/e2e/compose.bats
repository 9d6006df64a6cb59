#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2317
# Workflows made of several files, on a real Slurm: the edges in and out of a sub-workflow, and names with a `/` in them
# wherever a name becomes a file, a job's name or a word on the command line.

load lib
load flow

setup_file() { box_start --nodes 4 --gpus 0 --no-accounting; }

# parents_of TASK: `kind:task` of every edge that Slurm knows of a job that waits, in the words of the run, sorted.
parents_of() {
    local dependency names
    names=$("$SBRAID" status --json | jq -r '.tasks[] | "\(.job_id | sub("_.*"; "")) \(.task)"' | sort -u)
    dependency=$(scontrol show job "$(job_of "$1")" | sed -n 's/.* Dependency=\([^ ]*\).*/\1/p' | head -n 1)
    [[ $dependency != "(null)" ]] || return 0
    tr '?' ',' <<<"$dependency" | tr ',' '\n' | sed -E 's/\([a-z]*\)$//; s/_\*//' | while IFS=: read -r kind id; do
        echo "$kind:$(awk -v id="$id" '$1 == id { print $2 }' <<<"$names")"
    done | sort | paste -sd' '
}

write_parts() {
    mkdir -p parts
    cat >parts/site.toml <<'T'
[defaults]
time = "10"
mem = "20M"
T
    cat >parts/prep.toml <<'T'
include = ["site.toml"]
[vars]
lr = 0
[task.make]
run = "pwd; echo {{lr}} >made.{{lr}}"
[task.train]
afterok = ["make"]
array = "0-1"
script = "train.sh"
args = ["{{lr}}"]
[task.handler]
afternotok = ["train"]
run = "touch handled.{{lr}}"
[final.report]
output = "%x.log"
run = "touch reported.{{lr}}; echo $SBRAID_TASK"
T
    cat >parts/train.sh <<'T'
#!/bin/bash
cp "made.$1" "trained.$1.$SLURM_ARRAY_TASK_ID"
T
}

@test "a sub-workflow with a matrix: edges in and out as scontrol shows them, and it runs" {
    write_flow <<'T'
name = "outer"
include = ["parts/site.toml"]
[task.go]
run = "until [ -e go ]; do sleep 0.1; done"
[task.prep]
workflow = "parts/prep.toml"
matrix = { lr = ["1e-4", "3e-4"] }
afterok = ["go"]
[task.all]
afterok = ["prep"]
run = "cat parts/trained.* | sort >all"
[task.one]
afterok = ["prep[lr=3e-4]/train[1]"]
run = "true"
[task.failed]
afternotok = ["prep"]
run = "true"
[task.ended]
afterany = ["prep"]
run = "ls parts/reported.*"
T
    write_parts
    submit_flow
    equal "afterok:go" "$(parents_of prep.0/make)"
    equal "afterok:go" "$(parents_of prep.1/make)"
    equal "afterok:prep.1/make" "$(parents_of prep.1/train)"
    equal "afternotok:prep.0/train afterok:go" "$(parents_of prep.0/handler | tr ' ' '\n' | sort | paste -sd' ')"
    equal "afterok:prep.0/train afterok:prep.1/train" "$(parents_of all)"
    equal "afternotok:prep.0/train afternotok:prep.1/train" "$(parents_of failed)"
    equal 8 "$(parents_of ended | wc -w)"
    equal "outer.prep.1/make" "$(squeue --noheader --format=%j --jobs="$(job_of prep.1/make)")"
    touch go
    "$SBRAID" wait || equal 6 $?
    for task in prep.0/train prep.1/train prep.0/report prep.1/report all one ended; do
        equal "$task COMPLETED" "$task $(state_of "$task")"
    done
    for task in prep.0/handler prep.1/handler failed; do equal "$task SKIPPED" "$task $(state_of "$task")"; done
    equal "1e-4 1e-4 3e-4 3e-4" "$(paste -sd' ' all)"
    # Logs, scripts, and the run's copies of all files.
    equal "$FLOW/parts" "$("$SBRAID" logs prep.1/make)"
    equal "$FLOW/parts" "$("$SBRAID" logs 'prep[lr=3e-4]/make')"
    equal 2 "$("$SBRAID" logs -P --noheader 'prep.0/train' | wc -l)"
    equal prep.1/report "$(cat parts/outer.prep.1/report.log)"
    equal prep.1/report "$("$SBRAID" logs prep.1/report)"
    run_dir=$(echo .sbraid/*)
    [[ -s $run_dir/scripts/prep.0/train.sh && -s $run_dir/workflow.d/parts%2Fprep.toml ]]
    grep -q 'from prep.toml line 4' "$run_dir/scripts/prep.0/make.sh"
}

@test "a sub-workflow fails, another is cancelled, and a third does not begin" {
    write_flow <<'T'
name = "outer"
include = ["parts/site.toml"]
[task.bad]
workflow = "parts/bad.toml"
[task.good]
afterok = ["bad"]
run = "true"
[task.alarm]
afternotok = ["bad"]
run = "true"
[task.later]
workflow = "parts/prep.toml"
afterok = ["bad"]
[task.slow]
workflow = "parts/slow.toml"
[task.after-slow]
afterok = ["slow"]
run = "true"
T
    write_parts
    cat >parts/bad.toml <<'T'
include = ["site.toml"]
[task.a]
run = "exit 1"
[task.b]
afterok = ["a"]
run = "true"
T
    cat >parts/slow.toml <<'T'
include = ["site.toml"]
[task.wait]
run = "sleep 600"
[task.other]
run = "sleep 600"
[task.next]
afterok = ["wait"]
run = "true"
T
    submit_flow
    wait_for 60 is_state alarm COMPLETED
    wait_for 60 is_state slow/wait RUNNING
    wait_for 60 is_state slow/other RUNNING
    "$SBRAID" cancel --yes slow/wait
    wait_for 60 is_state slow/next CANCELLED
    equal RUNNING "$(state_of slow/other)"
    "$SBRAID" cancel --yes slow
    "$SBRAID" wait || equal 6 $?
    equal "FAILED SKIPPED" "$(state_of bad/a) $(state_of bad/b)"
    equal SKIPPED "$(state_of good)"
    for task in make train handler report; do equal "$task SKIPPED" "$task $(state_of "later/$task")"; done
    equal CANCELLED "$(state_of slow/other)"
    run "$SBRAID" logs slow/nothing
    equal 2 "$status"
}

is_state() { [[ $(state_of "$1") == "$2" ]]; }

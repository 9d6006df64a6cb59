#!/usr/bin/env bats
# sbraid explain: what it says of a run, and that what it advises works.

bats_require_minimum_version 1.5.0

load lib
load flow

setup_file() { box_start --nodes 1 --gpus 0; }

@test "a failure, what it cost others, and what waits are explained; the advice works" {
    write_flow <<'T'
name = "explained"
[defaults]
time = "5"
mem = "20M"
[task.load]
run = "echo reading; echo 'no such table: genes' >&2; no-such-program-at-all"
[task.train]
run = "true"
afterok = ["load"]
[task.test]
run = "true"
afterok = ["train"]
[task.later]
run = "true"
hold = true
T
    submit_flow
    wait_for 60 is_job_state "$(job_of load)" FAILED
    never_ran test

    run -0 "$SBRAID" explain test
    [[ $output == "test: SKIPPED"* ]]
    [[ $output == *"it began with load (FAILED, exit code 127)"* ]]

    run -0 "$SBRAID" explain load
    [[ $output == *"no such table: genes"* ]]
    [[ $output == *"a command was not found on the node"* ]]
    equal "$("$SBRAID" explain load --lines 1 --json | jq '.tasks[0].log_tail | length')" 1

    run -0 "$SBRAID" explain later --json
    advice=$(jq -r '.tasks[0].next[0]' <<<"$output")
    [[ $advice == *"'scontrol release $(job_of later)'"* ]]
    command=${advice#*\'}
    ${command%%\'*}
    wait_for 60 is_job_state "$(job_of later)" COMPLETED
    run -0 "$SBRAID" explain later
    [[ $output == "later: COMPLETED"* ]]

    "$SBRAID" wait || (($? == 6))
    run -0 "$SBRAID" explain load --json
    advice=$(jq -r '.tasks[0].next[-1]' <<<"$output")
    command=${advice#*\'sbraid }
    before=$(job_of load)
    # shellcheck disable=SC2086 # words
    "$SBRAID" ${command%%\'*}
    [[ $(job_of load) != "$before" ]]

    run -2 "$SBRAID" explain lod
    [[ $output == *"load"* ]]
}

@test "what Slurm expects of a job that waits is told" {
    write_flow <<'T'
name = "waits"
[defaults]
time = "5"
mem = "20M"
[task.tomorrow]
run = "true"
begin = "now+1day"
T
    submit_flow
    wait_for 60 is_explained # Slurm has looked at it
    run -0 "$SBRAID" explain tomorrow
    [[ $output == *"Slurm expects to start it in "* ]]
    [[ $output == *"asks for --begin=now+1day"* ]]
    "$SBRAID" cancel --yes
}

is_explained() { "$SBRAID" explain tomorrow | grep -q 'waits for its begin time'; }

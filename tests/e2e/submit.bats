#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2317
# Submission: nothing half-done when Slurm refuses, nothing lost or doubled when we are killed.

load lib
load flow

setup_file() { box_start --nodes 4 --gpus 4; }

nine_tasks() { # the fifth asks for a partition that is not there
    printf 'name = "nine"\n[defaults]\ntime = "1"\nmem = "20M"\n'
    for i in {1..9}; do
        printf '[task.t%d]\nrun = "true"\n' "$i"
        ((i == 1)) || printf 'afterok = ["t%d"]\n' $((i - 1))
        ((i != 5)) || printf 'partition = "moon"\n'
    done
}

@test "a refusal in the middle: exit 4, Slurm's words, the line, and nothing in the queue" {
    nine_tasks >"$SCRATCH/work/nine.toml"
    write_flow <"$SCRATCH/work/nine.toml"
    line=$(grep -n '\[task.t5\]' flow.toml | cut -d: -f1)
    run "$SBRAID" submit flow.toml
    equal 4 "$status"
    echo "$output"
    [[ $output == *"flow.toml:$line:"*"t5"* ]]
    [[ $output == *"invalid partition specified: moon"* ]]
    run_id=$(basename "$(echo .sbraid/nine-*)")
    queue_empty() { [[ -z $(queue_of_run "$run_id") ]]; }
    wait_for 10 queue_empty
    equal 1 "$(cat .sbraid/nine-*/state.jsonl | jq -s 'map(select(.e == "job_refused")) | length')"
    grep -q 'invalid partition' .sbraid/nine-*/state.jsonl
    # Each of the four that were in is told to be cancelled, and none ever ran.
    equal 4 "$(jq -s 'map(select(.e == "job_cancelled")) | length' .sbraid/nine-*/state.jsonl)"
    # Mended, it goes through.
    sed -i '/moon/d' flow.toml
    submit_flow
    "$SBRAID" wait
}

@test "--keep-partial leaves what is in, and says how to go on" {
    nine_tasks >"$SCRATCH/work/nine.toml"
    write_flow <"$SCRATCH/work/nine.toml"
    run "$SBRAID" submit --keep-partial flow.toml
    equal 5 "$status"
    [[ $output == *"sbraid resume"* ]]
    equal 4 "$(queue_of_run nine-2 | wc -l || true)" || equal 4 "$(squeue --noheader --name=nine.t1,nine.t2,nine.t3,nine.t4 | wc -l)"
    equal partial "$("$SBRAID" status --json | jq -r .state)"
    "$SBRAID" cancel --yes
}

@test "the second submit of a file whose run is not over is refused, --again lets it" {
    write_flow <<'T'
name = "again"
[defaults]
time = "1"
mem = "20M"
[task.a]
run = "while [ ! -e go ]; do sleep 0.2; done"
T
    submit_flow
    first=$RUN
    run "$SBRAID" submit flow.toml
    equal 1 "$status"
    [[ $output == *"$first"* && $output == *"--again"* ]]
    submit_flow --again
    [[ $RUN != "$first" ]]
    touch go
    "$SBRAID" wait "$first"
    "$SBRAID" wait "$RUN"
}

@test "the environment of the shell that submits does not decide what is submitted" {
    write_flow <<'T'
name = "clean"
[defaults]
time = "1"
mem = "20M"
[task.a]
run = 'echo "${PMI_RANK-unset} $SLURM_JOB_NUM_NODES"'
T
    export SLURM_JOB_ID=77 SLURM_NNODES=3 SBATCH_TIMELIMIT=9 PMI_RANK=5 SLURM_MEM_PER_CPU=9999999
    submit_flow
    unset SLURM_JOB_ID SLURM_NNODES SBATCH_TIMELIMIT PMI_RANK SLURM_MEM_PER_CPU
    "$SBRAID" wait
    equal "unset 1" "$(cat .sbraid/"$RUN"/logs/a-*.out)"
    wait_for 30 sacct_has_end "$(job_of a)"
    equal 00:01:00 "$(sacct_field "$(job_of a)" Timelimit)"
    equal 9 "$(jq -r '.sbatch_environment.SBATCH_TIMELIMIT' .sbraid/"$RUN"/plan.json)"
}

@test "odd text arrives in the job byte for byte" {
    write_flow <<'T'
name = "bytes"
[defaults]
time = "1"
mem = "20M"
[task.a]
run = '''
cat <<'SBRAID'
"quotes" 'single' $(not run) `nor this` \back\\slash ünïcödé ${HOME} %j
SBRAID
'''
[task.b]
command = ["printf", "%s|", "a b", "$HOME", "it's", "new\nline", "*"]
T
    submit_flow
    "$SBRAID" wait
    equal '"quotes" '"'single'"' $(not run) `nor this` \back\\slash ünïcödé ${HOME} %j' "$(cat .sbraid/"$RUN"/logs/a-*.out)"
    equal 'a b|$HOME|it'"'"'s|new
line|*|' "$(cat .sbraid/"$RUN"/logs/b-*.out)"
}

@test "cancel: pending descendants first, so that no handler starts because of it" {
    write_flow <<'T'
name = "stop"
[defaults]
time = "5"
mem = "20M"
[task.long]
run = "sleep 300"
[task.handler]
afternotok = ["long"]
run = "touch handler-ran"
[task.next]
afterany = ["long"]
run = "touch next-ran"
T
    submit_flow
    wait_for 30 is_job_state "$(job_of long)" RUNNING
    "$SBRAID" cancel --yes
    run "$SBRAID" wait
    equal 6 "$status"
    equal cancelled "$("$SBRAID" status --json | jq -r .state)"
    [[ ! -e handler-ran && ! -e next-ran ]]
    equal '' "$(queue_of_run "$RUN")"
}

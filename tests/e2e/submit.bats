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
    wait_for 60 has_left_queue "$run_id"
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
    equal 4 "$(squeue --noheader --name=nine.t1,nine.t2,nine.t3,nine.t4 | wc -l)"
    equal partial "$("$SBRAID" status --json | jq -r .state)"
    "$SBRAID" cancel --yes
}

@test "the second submit of a file whose run is not over is refused, --again lets it" {
    write_flow <<'T'
name = "again"
[defaults]
time = "10"
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
    wait_for 60 sacct_has_end "$(job_of a)"
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
    wait_for 60 is_job_state "$(job_of long)" RUNNING
    "$SBRAID" cancel --yes
    run "$SBRAID" wait
    equal 6 "$status"
    equal cancelled "$("$SBRAID" status --json | jq -r .state)"
    [[ ! -e handler-ran && ! -e next-ran ]]
    equal '' "$(queue_of_run "$RUN")"
}

two_tasks() { # a root that waits for a file, and its handler
    cat <<'T'
name = "two"
[defaults]
time = "5"
mem = "20M"
[task.long]
run = "while [ ! -e go ]; do sleep 0.2; done"
[task.handler]
afternotok = ["long"]
run = "touch handler-ran"
T
}

@test "of submits of one file at the same time one goes through, and the others name its run" {
    write_flow <<<"$(two_tasks)"
    pids=()
    for i in 1 2 3; do
        "$SBRAID" submit flow.toml >"out.$i" 2>&1 3>&- &
        pids+=($!)
    done
    refused=0
    for pid in "${pids[@]}"; do wait "$pid" || refused=$((refused + 1)); done
    cat out.*
    equal 2 "$refused"
    set -- .sbraid/*/
    equal 1 $#
    equal 3 "$(grep -l "$(basename "$1")" out.* | wc -l)"
    "$SBRAID" cancel --yes
}

@test "list learns of the end of runs that nobody has looked at since, and resume of such a run says so" {
    write_flow <<<"$(two_tasks)"
    submit_flow
    first=$RUN
    scancel "$(job_of long)" "$(job_of handler)"
    submit_flow --again
    touch go
    wait_for_end "$(job_of long)"
    is_listed() { [[ $("$SBRAID" list -P --noheader | cut -d'|' -f1,3 | sort) == "$1" ]]; }
    wait_for 60 is_listed "$(printf '%s|cancelled\n%s|succeeded' "$first" "$RUN" | sort)"
    # It is written down: nobody has to be asked again.
    equal cancelled "$("$SBRAID" list --offline --json | jq -r --arg r "$first" '.runs[] | select(.run == $r).state')"
    run "$SBRAID" resume --failed "$first"
    equal 1 "$status"
    [[ $output == *"nothing to resume: run $first was cancelled, and no task of it failed"* ]]
    run "$SBRAID" resume "$RUN"
    equal 0 "$status"
    [[ $output == *"nothing to resume, all has ended well"* ]]
    run "$SBRAID" list no-such-folder
    equal 2 "$status"
    run "$SBRAID" status two-
    equal 2 "$status"
    [[ $output == *"$first"* && $output == *"$RUN"* ]]
}

@test "a run directory elsewhere is told, and found again by what is told" {
    write_flow <<<"$(two_tasks)"
    mkdir "$SCRATCH/work/elsewhere"
    run "$SBRAID" submit --run-dir "$SCRATCH/work/elsewhere" flow.toml
    equal 0 "$status"
    directory=${output##*; directory }
    [[ $directory == "$SCRATCH/work/elsewhere/"* ]]
    "$SBRAID" cancel --yes -r "$directory"
    run "$SBRAID" status "$directory"
    equal 0 "$status"
}

@test "a controller that goes silent in the middle: what may have arrived is told, found and taken over" {
    write_flow <<<"$(two_tasks)"
    mkdir silent
    # It takes the job, and nobody hears of it.
    printf '#!/bin/sh\n[ "$1" = --version ] && exec %s --version\n%s "$@" >/dev/null\n%s\n' "$(command -v sbatch)" \
        "$(command -v sbatch)" 'echo "sbatch: error: Socket timed out on send/recv operation" >&2; exit 1' >silent/sbatch
    for program in squeue scancel; do
        printf '#!/bin/sh\necho "Unable to contact slurm controller (connect failure)" >&2; exit 1\n' >silent/$program
    done
    chmod 755 silent/*
    PATH=$PWD/silent:$PATH run "$SBRAID" submit --patience 10s flow.toml
    equal 5 "$status"
    [[ $output == *"0 of 2 jobs"*"up to 1 more may be"* ]]
    PATH=$PWD/silent:$PATH run "$SBRAID" status
    equal 0 "$status"
    [[ $output == *"0 of 2 jobs recorded, and up to 2 more may have arrived"* ]]
    PATH=$PWD/silent:$PATH run "$SBRAID" cancel --yes --patience 1s
    equal 4 "$status"
    [[ $output == *"hint: nothing was cancelled; 'sbraid cancel -r "* ]]
    # Slurm is back.
    run "$SBRAID" status
    [[ $output == *"1 of 2 jobs in Slurm, 1 of them not recorded"* ]]
    equal PENDING "$(state_of long)"
    "$SBRAID" resume
    equal 2 "$(queue_of_run "$(basename .sbraid/two-*)" | wc -l)"
    "$SBRAID" cancel --yes
}

@test "an sbatch that hangs ends with the patience, or with the signal, and what it submitted is taken over" {
    write_flow <<<"$(two_tasks)"
    mkdir hanging
    # A fake: it submits, and never comes back.
    printf '#!/bin/sh\n[ "$1" = --version ] && exec %s --version\n%s "$@" >/dev/null\nexec sleep 1000\n' \
        "$(command -v sbatch)" "$(command -v sbatch)" >hanging/sbatch
    chmod 755 hanging/sbatch
    begin=$SECONDS
    PATH=$PWD/hanging:$PATH run "$SBRAID" submit --patience 10s flow.toml
    equal 5 "$status"
    ((SECONDS - begin < 300)) # without an end it would be a quarter of an hour
    [[ $output == *"sbatch gave no answer within its time limit"* ]]
    [[ $output == *"1 of 2 jobs of run two-"*" are in Slurm"* ]] # a last look has found it
    "$SBRAID" resume
    equal 2 "$(queue_of_run "$(basename .sbraid/two-*)" | wc -l)"
    "$SBRAID" cancel --yes

    rm -rf .sbraid
    PATH=$PWD/hanging:$PATH "$SBRAID" submit flow.toml >submit.out 2>&1 3>&- &
    pid=$!
    one_is_in() { [[ -d .sbraid && $(queue_of_run "$(basename .sbraid/two-*)" | wc -l) == 1 ]]; }
    wait_for 60 one_is_in
    kill -TERM "$pid"
    code=0
    wait "$pid" || code=$?
    cat submit.out
    equal 130 "$code"
    grep -q "up to 1 more may be: sbatch gave no answer" submit.out
    "$SBRAID" resume
    equal 2 "$(queue_of_run "$(basename .sbraid/two-*)" | wc -l)"
    "$SBRAID" cancel --yes
}

@test "a machine that is not set up for Slurm is told so, and no run is begun" {
    write_flow <<<"$(two_tasks)"
    SLURM_CONF=/nonexistent run "$SBRAID" submit flow.toml
    equal 4 "$status"
    [[ $output == *"this machine cannot submit to Slurm: SLURM_CONF names '/nonexistent'"* ]]
    [[ ! -e .sbraid ]]
    echo "Nonsense=1" >slurm.conf
    SLURM_CONF=$PWD/slurm.conf run "$SBRAID" submit flow.toml
    equal 4 "$status"
    [[ $output == *"this machine cannot submit to Slurm: "*"Unable to process configuration file"* ]]
    # Nothing of it stands in the way.
    submit_flow
    "$SBRAID" cancel --yes
}

@test "cancel of a task that has ended leaves its handler alone" {
    write_flow <<<"$(two_tasks | sed 's/^run = "while.*/run = "false"/; s/^afternotok/begin = "now+1hour"\n&/')"
    submit_flow
    wait_for_end "$(job_of long)"
    run "$SBRAID" cancel --yes long
    equal 0 "$status"
    [[ $output == *"long (FAILED) has ended already; what waits for it goes on"* ]]
    equal PENDING "$(state_of handler)"
    run "$SBRAID" cancel --yes handler
    [[ $output == *"cancelled 1 job"* ]]
}

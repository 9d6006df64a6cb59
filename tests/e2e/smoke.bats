#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2317
# The least that has to work with a release of Slurm, in a minute: tests/smoke.sh runs this file on the releases on which
# not everything is run each time.

load lib
load flow

setup_file() { box_with_plugin --nodes 2 --gpus 2; }

@test "by libslurm: a diamond, a failure with its handler and what it skips, a retry, an array: each ends as it has to" {
    write_flow <<'T'
name = "smoke"
[defaults]
time = 5
mem = "30M"
[task.a]
run = "touch a"
[task.b]
afterok = ["a"]
run = "[[ -e a ]] && touch b"
[task.c]
afterok = ["a"]
run = "[[ -e a ]] && touch c"
[task.d]
afterok = ["b", "c"]
run = "[[ -e b && -e c ]]"

[task.fails]
run = "exit 3"
[task.skipped]
afterok = ["fails"]
run = "touch never"
[task.handler]
afternotok = ["fails"]
run = "touch handler"
[task.killed]
run = "kill -KILL $$"

[task.twice]
retry = 1
run = 'echo x >>twice; [[ $(wc -l <twice) == 2 ]]'
[task.behind]
afterok = ["twice"]
run = 'cp twice behind'

[task.elements]
array = "1-3"
run = '[[ $SLURM_ARRAY_TASK_ID != 2 ]]'
[task.pairs]
aftercorr = ["elements"]
run = 'touch pair.$SLURM_ARRAY_TASK_ID'

[final.last]
run = "ls >last"
T
    RUN=$("$SBRAID" submit -v --json flow.toml 2>talk.txt | jq -r .run)
    grep -F 'submitting by libslurm' talk.txt
    run "$SBRAID" wait
    echo "$output"
    equal 6 "$status"
    for task in a b c d handler twice behind last; do
        equal "$task COMPLETED" "$task $(state_of "$task")"
    done
    equal FAILED "$(state_of fails)"
    equal FAILED "$(state_of killed)"
    equal SKIPPED "$(state_of skipped)"
    equal 'COMPLETED FAILED' "$(state_of elements)"
    equal 'COMPLETED SKIPPED' "$(state_of pairs)"
    equal 'handler pair.1 pair.3' "$(find . -maxdepth 1 '(' -name never -o -name handler -o -name 'pair.*' ')' -printf '%f\n' | sort | paste -sd' ')"
    equal 2 "$(wc -l <behind)"
    equal 'handler pair.1 pair.3' "$(grep -E '^(never|handler|pair)' last | paste -sd' ')"
    equal '3 137' "$("$SBRAID" status --json |
        jq -r '[.tasks[] | select(.task == "fails" or .task == "killed").exit_code | tostring] | join(" ")')"
    equal '' "$(queue_of_run "$RUN")"
}

@test "by sbatch: submit killed with -9, then resume: one job a task, and the run ends well" {
    write_flow <<'T'
name = "crash"
[defaults]
time = 5
mem = "20M"
[task.first]
run = "while [[ ! -e go ]]; do sleep 0.2; done"
[task.middle]
matrix = { i = [1, 2] }
afterok = ["first"]
run = "true"
T
    for i in {1..40}; do printf '[task.t%d]\nafterok = ["first"]\nrun = "true"\n' "$i"; done >>flow.toml
    "$SBRAID" submit --backend sbatch flow.toml >submit.out 2>&1 3>&- &
    pid=$!
    some_are_in() { [[ $(squeue --noheader --format=%k | grep -c '^sbraid:crash') -gt 5 ]]; }
    wait_for 60 some_are_in
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" || true
    RUN=$(basename .sbraid/crash-*)
    "$SBRAID" resume
    equal 42 "$(queue_of_run "$RUN" | wc -l)"
    equal 42 "$(queue_of_run "$RUN" | sed 's/^[^ ]* //; s/#.*//' | sort -u | wc -l)"
    touch go
    "$SBRAID" wait
    equal COMPLETED "$("$SBRAID" status --json | jq -r '[.tasks[].state] | unique | join(" ")')"
}

@test "cancel ends what runs, and no handler starts because of it" {
    write_flow <<'T'
name = "stop"
[defaults]
time = 5
mem = "20M"
[task.long]
run = "sleep 300"
[task.handler]
afternotok = ["long"]
run = "touch handler"
T
    submit_flow
    wait_for 60 is_job_state "$(job_of long)" RUNNING
    "$SBRAID" cancel --yes
    run "$SBRAID" wait
    equal 6 "$status"
    equal CANCELLED "$(state_of long)"
    [[ ! -e handler ]]
}

@test "the plugin records what ranks and their GPUs did, and the report tells it" {
    need_root
    [[ -d $BOX_DIR/cgroup ]] || skip "needs cgroup v1"
    write_flow <<'T'
name = "gpus"
[task.train]
time = 5
mem = "100M"
nodes = 2
ntasks = 2
gpus_per_node = 2
launch = "srun"
run = '((SLURM_PROCID == 0)) || exit 4; sbraid-sim-gpu --gpu 0 --util 60 --mem 100M --for 3s'
T
    submit_flow
    "$SBRAID" wait || true
    all_have_ended() { [[ $(records | jq -r 'select(.e == "step_ended") | .node' | sort -u | wc -l) == 2 ]]; }
    wait_for 60 all_have_ended
    wait_for 60 no_helpers
    equal '0 0
1 4' "$(records | jq -r 'select(.e == "rank_ended" and .step != "batch") | "\(.rank) \(.exit_code)"' | sort)"
    equal '0 60 104857600' "$(records | jq -r 'select(.e == "gpu_used" and .rank != null and .step != "batch") |
        "\(.rank) \(.util_max) \(.mem_max_bytes)"')"
    "$SBRAID" report --json | jq -e '.tasks[] | select(.task == "train").gpus > 0'
    wait_for 60 nodes_idle
}

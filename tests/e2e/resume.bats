#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2317
# `sbraid resume` of a pipeline that broke: what is submitted anew, with which edges and options, and that finished
# elements never run again. Jobs write what they did to files, and wait for files.

load lib
load flow

setup_file() { box_start --nodes 2; }

# ran NAME: how often a task, or an element of one, has run.
ran() { grep -cx "$1" ran || true; }

has_ended_run() { [[ $("$SBRAID" status --json | jq -r .state) =~ ^(succeeded|failed|cancelled)$ ]]; }
run_state() { "$SBRAID" status --json | jq -r .state; }

# One live job a task of those that are named, none of any other.
live_tasks() { squeue --noheader --format='%k' | awk -v run="sbraid:$RUN:" 'index($1, run) == 1 { sub(/#.*/, "", $1); print substr($1, length(run) + 1) }' | sort -u | paste -sd' '; }

pipeline() {
    write_flow <<'TOML'
name = "pipe"
[defaults]
time = "5"
mem = "10M"
[task.prep]
run = "echo prep >>ran"
[task.train]
array = "0-3"
afterok = ["prep"]
run = "echo train$SLURM_ARRAY_TASK_ID of $SLURM_ARRAY_TASK_COUNT >>seen; echo train$SLURM_ARRAY_TASK_ID >>ran; [[ $SLURM_ARRAY_TASK_ID != 2 || -e fixed ]]"
[task.eval]
aftercorr = ["train"]
run = "echo eval$SLURM_ARRAY_TASK_ID >>ran"
[task.alarm]
afternotok = ["train"]
run = "echo alarm >>ran"
[task.sum]
afterok = ["eval"]
run = "echo sum >>ran"
[final.report]
run = "echo report >>ran"
TOML
}

@test "failed elements and what is below them run again, what has ended well does not" {
    pipeline
    submit_flow
    run "$SBRAID" wait
    equal 6 "$status"
    equal 'COMPLETED FAILED' "$(state_of train)"
    equal 'COMPLETED SKIPPED' "$(state_of eval)"
    equal SKIPPED "$(state_of sum)"
    equal 1 "$(ran alarm)"
    touch fixed

    "$SBRAID" resume --dry-run --json >dry.json
    equal 'train 2 submit|eval 2 submit|alarm null submit|sum null submit|report null submit' \
        "$(jq -r '[.tasks[] | "\(.task) \(.element) \(.action)"] | join("|")' dry.json)"
    equal 'exit code 1' "$(jq -r '.tasks[0].why' dry.json)"
    [[ ! -e .sbraid/$RUN/plan.2.json ]]
    equal '' "$(queue_of_run "$RUN")"

    run "$SBRAID" resume -v
    equal 0 "$status"
    [[ $output == *"5 tasks submitted anew"* ]]
    [[ $output =~ "calls of Slurm: 5 "(sbatch|slurm_submit_batch_job) ]]
    "$SBRAID" wait
    equal succeeded "$(run_state)"
    equal '1 1 1 2 1' "$(ran prep) $(ran train0) $(ran train1) $(ran train2) $(ran train3)"
    equal '1 1 1 1' "$(ran eval0) $(ran eval1) $(ran eval2) $(ran eval3)"
    equal '1 1 2' "$(ran alarm) $(ran sum) $(ran report)"
    equal 'train2 of 4' "$(grep train2 seen | sort -u)"
    equal SKIPPED "$(state_of alarm)"
    equal COMPLETED "$(state_of train)"
    # The new element is of another job than the others.
    equal 2 "$("$SBRAID" status --json | jq '[.tasks[] | select(.task == "train") | .job_id | sub("_.*"; "")] | unique | length')"
    run "$SBRAID" resume
    equal 0 "$status"
    [[ $output == *"nothing to resume, all has ended well"* ]]
    [[ -z $("$SBRAID" report --json | jq -r '.tasks[] | select(.state != "COMPLETED" and .state != "SKIPPED") | .task') ]]
}

@test "--failed leaves what was cancelled, resume takes it; --from and --only take what they name" {
    write_flow <<'TOML'
name = "pick"
[defaults]
time = "5"
mem = "10M"
[task.a]
run = "echo a >>ran"
[task.bad]
afterok = ["a"]
run = "echo bad >>ran; exit 3"
[task.slow]
afterok = ["a"]
run = "echo slow >>ran; while [ ! -e go ]; do sleep 0.2; done"
[task.c]
afterok = ["bad"]
run = "echo c >>ran"
[task.d]
afterok = ["slow"]
run = "echo d >>ran"
TOML
    submit_flow
    wait_for 60 test -e ran
    wait_for 60 grep -qx slow ran
    "$SBRAID" cancel --yes slow
    run "$SBRAID" wait
    equal 6 "$status"
    equal 'FAILED CANCELLED' "$(state_of bad) $(state_of slow)"

    equal 'bad c' "$("$SBRAID" resume --failed --dry-run --json | jq -r '[.tasks[].task] | join(" ")')"
    equal 'bad slow c d' "$("$SBRAID" resume --dry-run --json | jq -r '[.tasks[].task] | join(" ")')"
    equal 'a bad slow c d' "$("$SBRAID" resume --from a --dry-run --json | jq -r '[.tasks[].task] | join(" ")')"

    # c alone, though bad has failed.
    "$SBRAID" resume --only c
    wait_for 60 has_ended_run
    equal '1 1' "$(ran bad) $(ran c)"
    equal COMPLETED "$(state_of c)"

    # slow runs again, and what waits for it is there; then it is named while it runs.
    "$SBRAID" resume --from slow
    slow_runs() { [[ $(state_of slow) == RUNNING ]]; }
    wait_for 60 slow_runs
    equal 'd slow' "$(live_tasks)"
    first=$(job_of slow)
    run "$SBRAID" resume --from slow
    equal 2 "$status"
    [[ $output == *"cancel 1 running job of run $RUN (slow), to submit it anew"*"--yes"* ]]
    equal "$first" "$(job_of slow)"
    "$SBRAID" resume --from slow --yes
    equal 'd slow' "$(live_tasks)"
    [[ $(job_of slow) != "$first" ]]
    wait_for 60 is_job_state "$first" CANCELLED
    touch go
    wait_for 60 has_ended_run
    equal '1 COMPLETED COMPLETED' "$(ran a) $(state_of slow) $(state_of d)"
    equal 1 "$(ran d)"
}

@test "a pending descendant is replaced by one that waits for the new job, the final task comes last" {
    write_flow <<'TOML'
name = "below"
[defaults]
time = "5"
mem = "10M"
[task.bad]
run = "echo bad >>ran; while [ ! -e fixed ]; do exit 1; done"
[task.slow]
run = "while [ ! -e go ]; do sleep 0.2; done; echo slow >>ran"
[final.report]
run = "echo report >>ran"
TOML
    submit_flow
    has_failed() { [[ $(state_of bad) == FAILED ]]; }
    wait_for 60 has_failed
    old=$(job_of report)
    slow=$(job_of slow)
    touch fixed
    "$SBRAID" resume
    equal CANCELLED "$(job_field "$old" JobState)"
    equal "$slow" "$(job_of slow)"
    [[ $(job_field "$(job_of report)" Dependency) == *"afterany:$slow"* ]]
    touch go
    "$SBRAID" wait
    equal '2 1 1' "$(ran bad) $(ran slow) $(ran report)"
    equal report "$(tail -n 1 ran)"
    equal succeeded "$(run_state)"
}

@test "--set changes the options of what is submitted, and the run remembers" {
    write_flow <<'TOML'
name = "set"
[defaults]
time = "5"
mem_per_cpu = "10M"
[task.a]
run = "echo a >>ran"
[task.b]
afterok = ["a"]
run = "echo b >>ran; [[ $SLURM_MEM_PER_NODE == 64 ]]"
TOML
    submit_flow
    run "$SBRAID" wait
    equal 6 "$status"
    run "$SBRAID" resume --set b.time=soon
    equal 3 "$status"
    [[ $output == *"--set b.time:1:8: error: time: 'soon' is not a time limit"* ]]
    run "$SBRAID" resume --set a.time=7
    equal 2 "$status"
    [[ $output == *"--set a.time changes nothing"* ]]
    [[ ! -e .sbraid/$RUN/plan.2.json ]]
    "$SBRAID" resume --set b.time=0:07:00 --set mem=64M
    equal 00:07:00 "$(job_field "$(job_of b)" TimeLimit)"
    "$SBRAID" wait
    equal '1 2' "$(ran a) $(ran b)"
    grep -q 'mem=64M' ".sbraid/$RUN/scripts/b.sh"
    # A later resume goes on from there.
    "$SBRAID" resume --only b
    equal 00:07:00 "$(job_field "$(job_of b)" TimeLimit)"
    "$SBRAID" wait
}

@test "an edited file is noticed, and taken only when that is said" {
    write_flow <<'TOML'
name = "edit"
[defaults]
time = "5"
mem = "10M"
[task.a]
run = "echo a >>ran"
[task.b]
afterok = ["a"]
run = "echo b >>ran; exit 1"
TOML
    submit_flow
    run "$SBRAID" wait
    equal 6 "$status"
    sed -i 's/; exit 1/; echo mended >>ran/' flow.toml
    printf '[task.c]\nafterok = ["b"]\nrun = "echo c >>ran"\n' >>flow.toml
    run "$SBRAID" resume
    equal 0 "$status"
    [[ $output == *"flow.toml has changed (b: run; added: c): the run goes on as it was submitted; --edited takes the changes"* ]]
    run "$SBRAID" wait
    equal 6 "$status"
    equal '1 2 0' "$(ran a) $(ran b) $(ran c)"

    # What has ended well is not changed by the way.
    cp flow.toml good.toml
    sed -i 's/echo a >>ran/echo other >>ran/' flow.toml
    run "$SBRAID" resume --edited
    equal 1 "$status"
    [[ $output == *"task 'a' has ended well, and is changed (run)"*"--from TASK"* ]]
    equal '' "$(queue_of_run "$RUN")"
    mv good.toml flow.toml

    run "$SBRAID" resume --edited
    equal 0 "$status"
    "$SBRAID" wait
    equal '1 3 1 1' "$(ran a) $(ran b) $(ran mended) $(ran c)"
    equal succeeded "$(run_state)"
    equal 3 "$("$SBRAID" status --json | jq '.tasks | length')"
    cmp flow.toml ".sbraid/$RUN/workflow.3.toml"
    run "$SBRAID" resume
    equal 0 "$status"
    [[ $output != *"has changed"* ]]
}

# 12 tasks, every second one fails at first, each waits for the one before it in its row.
rows_that_fail() {
    printf 'name = "rows"\n[defaults]\ntime = "5"\nmem = "10M"\n'
    local i
    for i in 0 1 2 3 4 5; do
        printf '[task.x%d]\nrun = "while [ ! -e go ]; do sleep 0.2; done; echo x%d >>ran; [ -e fixed ]"\n' "$i" "$i"
        printf '[task.y%d]\nafterany = ["x%d"]\narray = "0-1"\nrun = "while [ ! -e go ]; do sleep 0.2; done; echo y%d_$SLURM_ARRAY_TASK_ID >>ran"\n' "$i" "$i" "$i"
    done
    printf '[final.end]\nrun = "echo end >>ran"\n'
}

@test "kill -9 of resume at random instants, two at once, then resume: one job a task, and the run completes" {
    rows_that_fail >"$SCRATCH/work/rows.toml"
    write_flow <"$SCRATCH/work/rows.toml"
    touch go
    submit_flow
    run "$SBRAID" wait
    equal 6 "$status"
    rm go
    touch fixed
    cp -r ".sbraid/$RUN" "$SCRATCH/work/broken"
    # Unharmed, for the time that it takes.
    begin=$(date +%s%N)
    "$SBRAID" resume >/dev/null
    whole_ms=$((($(date +%s%N) - begin) / 1000000))
    expected=$(live_tasks)
    "$SBRAID" cancel --yes >/dev/null
    wait_for 60 has_left_queue "$RUN"
    RANDOM=${SBRAID_SEED:-$((SECONDS + $$))}
    seed=$RANDOM
    RANDOM=$seed
    echo "seed $seed" >&3
    for ((kill = 1; kill <= ${SBRAID_KILLS:-6}; kill++)); do
        rm -rf ".sbraid/$RUN"
        cp -r "$SCRATCH/work/broken" ".sbraid/$RUN"
        "$SBRAID" resume >killed.out 2>&1 3>&- &
        pid=$!
        wait_ms=$((RANDOM * whole_ms / 32767))
        sleep "$((wait_ms / 1000)).$(printf %03d $((wait_ms % 1000)))"
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" || true
        "$SBRAID" resume >one.out 2>&1 3>&- &
        one=$!
        "$SBRAID" resume >two.out 2>&1 || { cat two.out; false; }
        wait "$one" || { cat one.out; false; }
        echo "kill $kill after $wait_ms of $whole_ms ms: $(wc -w <<<"$(live_tasks)") tasks" >&3
        twice=$(squeue --noheader --format='%k' | awk -v run="sbraid:$RUN:" 'index($1, run) == 1 { print $1 }' | sort | uniq -d)
        equal '' "$twice"
        [[ ! -e .sbraid/$RUN/plan.3.json ]]
        ((kill < ${SBRAID_KILLS:-6})) || break
        "$SBRAID" cancel --yes >/dev/null
        wait_for 60 has_left_queue "$RUN"
    done
    [[ -n $expected ]]
    touch go
    "$SBRAID" wait
    equal succeeded "$(run_state)"
}

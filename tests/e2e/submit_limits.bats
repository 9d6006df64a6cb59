#!/usr/bin/env bats
# A graph that is larger than what the user may have in the queue: it goes in by waves.

load lib
load flow

setup_file() {
    box_start --nodes 2 --gpus 0 --conf AccountingStorageEnforce=associations,limits
    sacctmgr --immediate --quiet add account lab
    sacctmgr --immediate --quiet add user "$(id -un)" account=lab maxsubmitjobs=10
    wait_for 30 is_limited
}

is_limited() { scontrol show assoc_mgr users="$(id -un)" flags=assoc | grep -q 'MaxSubmitJobs=10'; }

# Ten layers of five tasks, each behind two of the layer before.
layers() {
    printf 'name = "layers"\n[defaults]\ntime = "5"\nmem = "10M"\naccount = "lab"\n'
    local layer task
    for layer in {0..9}; do
        for task in {0..4}; do
            printf '[task.t%d%d]\nrun = "true"\n' "$layer" "$task"
            ((layer == 0)) || printf 'afterok = ["t%d%d", "t%d%d"]\n' $((layer - 1)) "$task" $((layer - 1)) $(((task + 1) % 5))
        done
    done
}

# One job a task, and none of them failed. The accounting hears of a job some time after its end.
is_whole() {
    equal "$("$SBRAID" status --json | jq '[.tasks[] | select(.state == "COMPLETED")] | length')" 50
    wait_for 60 accounted "$1"
}
accounted() {
    equal "$(sacct --noheader --parsable2 --allocations --starttime=now-1day --format=JobName,State | grep -c '^layers\.t')" "$1"
}

@test "50 tasks go in by waves of at most 10, parents first" {
    write_flow < <(layers)
    "$SBRAID" submit --wait flow.toml 2>talk.txt
    grep -q "of 50 jobs are in, and the limit AssocMaxSubmitJobLimit is reached: the rest follows" talk.txt
    is_whole 50
}

@test "waves that are interrupted are gone on with by resume" {
    write_flow < <(layers)
    "$SBRAID" submit flow.toml 2>talk.txt 3>&- &
    local pid=$!
    wait_for 60 grep -q 'the rest follows' talk.txt
    kill -TERM "$pid" # bash has what is in the background ignore SIGINT
    local code=0
    wait "$pid" || code=$?
    equal "$code" 130
    grep -q "'sbraid resume" talk.txt
    "$SBRAID" resume
    "$SBRAID" wait
    is_whole 100
}

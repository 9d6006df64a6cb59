#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2317
# What `sbraid export` writes, on a real Slurm: the same jobs and edges as `sbraid submit`, the same outcome, and nothing
# left behind when Slurm refuses a job.

load lib
load flow

setup_file() { box_start --nodes 4 --gpus 4 --no-accounting --conf MaxArraySize=21; }

teardown() {
    note_failure
    scancel --user="$(id -un)" || true
    scontrol update nodename="n[1-4]" state=resume >/dev/null 2>&1 || true
}

# jobs_of JOB...: what Slurm says of these jobs, without what depends on when they were submitted, and by whom. Ids become
# names: those are unique here.
jobs_of() {
    local id names='' text
    for id; do names+="/^(Array)?JobId=|^Dependency=/s/([=:])$id([^0-9]|\$)/\1<$(job_field "$id" JobName)>\2/g;"; done
    text=$(for id; do scontrol --oneliner show job "$id"; done | tr ' ' '\n')
    grep -E '^[A-Za-z:/]+=' <<<"$text" |
        grep -vE '^(ArrayTaskId|Priority|SubmitTime|EligibleTime|AccrueTime|StartTime|EndTime|LastSchedEval|Comment|Reason|JobState|Scheduler|SecsPreSuspend|SuspendTime)=' |
        sed -E "$names s#$FLOW/\.sbraid/[^/]*/logs/#LOGS/#; s#$FLOW/logs/#LOGS/#; s#-[0-9]+(_[0-9]+)?\.out#-ID.out#" |
        awk '/^JobId=/ { job = $0; next } { if (job != "") key = $0 ~ /^ArrayJobId=/ ? $0 : job; job = ""; print key " " $0 }' | sort -u
    # Slurm may have taken an array apart by now: the elements one by one. The comment is the user's own, in a run behind
    # the token.
    for id; do
        squeue --noheader --array --jobs="$id" --format='%j element %K'
        squeue --noheader --jobs="$id" --format='%j comment %k' | sed -E 's/ sbraid:[^ ]+//; s/ \(null\)$//; s/ $//'
    done | sort -u
}

# same_jobs: submits $FLOW/flow.toml, and what is exported of it, while no node takes jobs, and compares.
same_jobs() {
    local submitted exported line by_submit=() by_script=()
    scontrol update nodename="n[1-4]" state=drain reason=test
    while read -r line; do by_submit+=("$line"); done < <("$SBRAID" submit --parsable flow.toml)
    submitted=$(jobs_of "${by_submit[@]}")
    "$SBRAID" cancel --yes
    # Whatever the shell says to sbatch is not the workflow's business, and sbraid itself is not needed.
    "$SBRAID" export --max-array-size 21 -o flow.sh flow.toml
    while read -r line _; do by_script+=("$line"); done < <(
        env PATH="${PATH//$SBRAID_BUILD\/bin:/}" SBATCH_PARTITION=nowhere SBATCH_TIMELIMIT=77 SLURM_MEM_PER_CPU=1 bash flow.sh
    )
    exported=$(jobs_of "${by_script[@]}")
    ((${#by_submit[@]} == ${#by_script[@]} && ${#by_script[@]} > 0))
    [[ -n $submitted ]]
    diff <(echo "$submitted") <(echo "$exported")
    # Nobody is held for ever, but who wants to be.
    equal "" "$(squeue --noheader --format='%j %r' | grep -F JobHeldUser | grep -v held-by-the-user || true)"
    scancel --user="$(id -un)"
}

@test "the examples: the same jobs, field by field" {
    for folder in "$SBRAID_SOURCE"/examples/*/; do
        [[ -e $folder/flow.toml ]] || continue
        example "$(basename "$folder")"
        same_jobs
    done
}

@test "matrices, gates, cut arrays and every kind of edge: the same jobs, field by field" {
    write_flow <<'T'
name = "all"
[defaults]
time = "2"
mem = "20M"
[task.shards]
array = "0-44%6"
run = "true"
[task.each]
aftercorr = ["shards"]
run = "true"
[task.sweep]
matrix = { lr = ["1e-4", "3e-4"], seed = [1, 2, 3], exclude = [{ lr = "3e-4", seed = 3 }] }
max_parallel = 2
run = "echo {{lr}}"
[task.evaluate]
aftercorr = ["sweep"]
run = "echo {{lr}}"
comment = "mine, and more"
[task.a]
run = "true"
output = "out/%x.txt"
priority = 1000
[task.b]
run = "true"
nodes = 2
gpus_per_node = 1
error = "err.txt"
[task.mixed]
dependency = "afterok:sweep[seed=1],(afterok:a?afternotok:b)"
run = "true"
[task.either]
dependency = "afterok:each?afternotok:b"
run = "true"
[task.alarm]
afternotok = ["shards"]
run = "true"
[task.late]
after = ["a+10"]
singleton = true
nice = 100
run = "true"
[task.held-by-the-user]
hold = true
run = "true"
[task.behind]
afterany = ["held-by-the-user"]
workdir = "."
requeue = false
run = "true"
[limits]
category.few = 1
[task.few-1]
category = "few"
run = "true"
[task.few-2]
category = "few"
run = "true"
[task.server]
service = true
run = "sleep 100"
[task.ask]
after = ["server"]
run = "true"
[final.report]
run = "true"
T
    same_jobs
}

@test "the exported script does what the workflow says" {
    cat >"$SCRATCH/work/old.sbatch" <<'T'
#!/bin/bash -u
#SBATCH --time=3
# a script of its own
echo "$1|$2|$FROM_ENV" >old.out
T
    write_flow <<'T'
name = "forms"
[defaults]
time = "2"
mem = "20M"
env = { FROM_ENV = "it's" }
[task.text]
run = """
false | true
echo "$FROM_ENV" >text.out
"""
shell = "/bin/bash -e"
[task.fails]
run = "false | true"
[task.handled]
afternotok = ["fails"]
run = "touch handled.out"
[task.python]
shell = "python3 -u"
run = "open('python.out', 'w').write('$HOME')"
setup = "FROM_SETUP=1; export FROM_SETUP"
[task.old]
script = "old.sbatch"
args = ["a b", "$x"]
[task.command]
setup = "cd /tmp; cd - >/dev/null"
command = ["cp", "/dev/null", "a b.out"]
[task.sweep]
matrix = { word = ["a b", "$HOME", "it's"], n = [1, 2] }
run = "printf '%s' '<{{n}}>'\"$SBRAID_PARAM_WORD\" >sweep.$SLURM_ARRAY_TASK_ID"
[task.copy]
aftercorr = ["sweep"]
command = ["cp", "sweep.0", "copy-{{n}}-{{word}}"]
[task.cut]
array = "0-24"
run = "echo $SLURM_ARRAY_TASK_ID $SLURM_ARRAY_TASK_MAX $SLURM_ARRAY_TASK_COUNT >cut.$SLURM_ARRAY_TASK_ID"
[task.server]
service = true
run = "sleep 600"
[task.ask]
after = ["server"]
run = "touch ask.out"
[final.end]
run = "touch end.out"
T
    cp "$SCRATCH/work/old.sbatch" .
    "$SBRAID" export --max-array-size 21 flow.toml >flow.sh
    bash flow.sh >submitted.txt
    wait_for 120 nothing_queued
    equal "it's" "$(cat text.out)"
    [[ -e handled.out && -e 'a b.out' && -e ask.out && -e end.out ]]
    equal '$HOME' "$(cat python.out)"
    equal "a b|\$x|it's" "$(cat old.out)"
    equal "<1>a b" "$(cat sweep.0)"
    equal "<2>\$HOME" "$(cat sweep.3)"
    equal "<1>it's" "$(cat sweep.4)"
    [[ -e "copy-2-it's" && -e 'copy-1-$HOME' ]]
    equal "24 24 25" "$(cat cut.24)"
    equal 25 "$(find . -maxdepth 1 -name 'cut.*' | wc -l)"
    # Logs, and no trace of a run.
    ls logs/fails-*.out logs/sweep-*_5.out
    [[ ! -e .sbraid ]]
}

@test "when Slurm refuses a job, nothing is left and nothing has run" {
    write_flow <<'T'
name = "refused"
[defaults]
time = "2"
mem = "20M"
[task.a]
run = "touch a.ran"
[task.b]
afterany = ["a"]
run = "touch b.ran"
[task.c]
afterany = ["b"]
run = "touch c.ran"
[task.d]
afterok = ["c"]
partition = "nowhere"
run = "true"
T
    "$SBRAID" export -o flow.sh flow.toml
    run bash flow.sh
    equal 1 "$status"
    [[ $output == *"Slurm refuses 'd': cancelling the 3 jobs that are in"* ]]
    wait_for 60 nothing_queued
    [[ ! -e a.ran && ! -e b.ran && ! -e c.ran ]]
}

@test "the script goes where it is taken" {
    write_flow <<'T'
name = "moved"
[task.a]
time = "2"
mem = "20M"
run = "pwd >here.txt"
output = "out/a.txt"
T
    "$SBRAID" export flow.toml >flow.sh
    mkdir "$FLOW/there" "$FLOW/from"
    cd "$FLOW/from"
    FLOW_DIR=$FLOW/there FLOW_LOGS=$FLOW/there/logs bash ../flow.sh
    wait_for 60 nothing_queued
    equal "$FLOW/there" "$(cat "$FLOW/there/here.txt")"
    [[ -e $FLOW/there/out/a.txt ]]
}

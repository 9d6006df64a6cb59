#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2317
# Whatever the way by which a run is submitted: the same jobs, the same environment in them, the same answers to what goes
# wrong.

load lib
load flow

setup_file() { box_start --nodes 2 --gpus 4 --no-accounting --conf Licenses=matlab:9 --conf MessageTimeout=5 --conf FirstJobId=70001; }

setup() {
    RELEASE=$(sbatch --version | grep -o '[0-9]*\.[0-9]*' | head -n 1)
    [[ -e $SBRAID_BUILD/lib/sbraid/sbraid_libslurm-$RELEASE.so ]] || skip "no module for Slurm $RELEASE was built"
}

# A task for each kind of option; nothing of it may start.
many_options() {
    cat <<'TOML'
name = "many"
[defaults]
time = "1-02:03:04"
[task.plain]
run = "true"
[task.ranks]
run = "srun true"
ntasks = 4
cpus_per_task = 2
mem_per_cpu = "1500K"
[task.by_node]
run = "true"
ntasks_per_node = 3
nodes = "1-2"
mem = "10G"
tmp = "1G"
[task.one_node]
run = "true"
ntasks_per_node = 3
[task.nodes]
run = "true"
nodes = 2
exclusive = true
[task.fewer_ranks]
run = "true"
nodes = "1-2"
ntasks = 1
overcommit = true
[task.named]
run = "true"
nodelist = ["n2"]
ntasks_per_node = 2
[task.both]
run = "true"
nodelist = "n[1-2]"
contiguous = true
[task.near]
run = "true"
switches = "1@60"
[task.sizes]
run = "true"
sockets_per_node = 1
cores_per_socket = 2
threads_per_core = 1
nodes = 1
mincpus = 4
[task.gpus]
run = "true"
gpus = "h100:3"
cpus_per_gpu = 2
mem_per_gpu = "2G"
[task.gpus_per_node]
run = "true"
gpus_per_node = 2
nodes = 2
gres_flags = "enforce-binding"
[task.gpus_per_task]
run = "true"
gpus_per_task = 1
ntasks = 2
[task.gres]
run = "true"
gres = "gpu:h100:1"
exclude = "n2"
[task.words]
run = "true"
partition = ["cpu", "gpu"]
account = "physics"
comment = 'my "own" words, with 100%'
job_name = "a name with blanks"
wckey = "key"
licenses = "matlab:2"
mail_type = ["END", "FAIL", "TIME_LIMIT_80"]
mail_user = "me@example.org"
[task.times]
run = "true"
time = "90"
time_min = "10"
begin = "2031-01-02T03:04:05"
deadline = "2031-02-03T04:05:06"
nice = 77
delay_boot = 3
[task.without_limit]
run = "true"
time = "UNLIMITED"
oversubscribe = true
nice = -5
[task.files]
run = "true"
workdir = "/tmp"
output = "out-%j.txt"
error = "none"
input = "/dev/zero"
open_mode = "truncate"
[task.signals]
run = "true"
signal = "B:USR1@120"
requeue = false
no_kill = true
spread_job = true
use_min_nodes = true
wait_all_nodes = 1
[task.held]
run = "true"
hold = true
[task.array]
run = "true"
array = "0-9:3%2"
afterok = ["plain"]
[task.matrix]
run = "echo {{lr}}"
matrix = { lr = ["1e-4", "3e-4"] }
afterok = ["array[3]"]
[task.waits]
run = "true"
afterok = ["array", "matrix"]
afternotok = ["plain"]
after = ["ranks+3"]
[task.either]
run = "true"
dependency = "afterok:plain?afternotok:ranks"
[task.alone]
run = "true"
singleton = true
[task.tried]
run = "true"
retry = 2
[task.goes_on]
run = "true"
continue = { max = 2 }
TOML
}

# submit_by BACKEND [OPTION…]: submits a copy of flow.toml from a folder of its own, $FLOW/s or $FLOW/l.
submit_by() {
    local backend=$1
    shift
    mkdir -p "$FLOW/${backend:0:1}" # as long a path for both
    cp "$FLOW/flow.toml" "$FLOW/${backend:0:1}"
    cd "$FLOW/${backend:0:1}" || return 1
    "$SBRAID" submit -v --backend "$backend" --json "$@" flow.toml >submitted.json 2>said || { cat said submitted.json; return 1; }
    cat said
}

# without_ids: of text about the jobs of the submission here, job ids become task names, the run and the folder their kind,
# and what the clock says NOW.
without_ids() {
    local run
    run=$(jq -r .run submitted.json)
    {
        jq -r '.jobs[] | "s/\\b\(.job_id)(_|\\b)/<\(.task)>\\1/g"' submitted.json
        printf 's|%s|RUN|g\ns|%s|HERE|g\ns/%s-[0-9-]*T[0-9:]*/NOW/g\n' "$run" "$PWD" "$(date +%Y)"
    } >ids.sed
    sed -E -f ids.sed
}

# What Slurm shows of each job, and its batch script.
jobs_as_shown() {
    local id
    for id in $(jq -r '.jobs[].job_id' submitted.json); do
        scontrol show job "$id" | sed -E 's/^ +//; s/ (Scheduler|Reason)=[^ ]*//; s/^Priority=[0-9]+/Priority=SOME/; s/LastSchedEval=[^ ]*//; s/AccrueTime=[^ ]*//; s/StartTime=[^ ]*//; s/ EndTime=[^ ]*//'
        scontrol write batch_script "$id" - 2>/dev/null
    done | without_ids | sed -E 's/EligibleTime=(NOW|Unknown)//'
}

@test "the same jobs by sbatch and by libslurm, field by field" {
    scontrol update NodeName=n1,n2 State=DRAIN Reason=test
    write_flow <<<"$(many_options)"
    local backend
    for backend in sbatch libslurm; do
        run submit_by "$backend"
        echo "$output"
        equal 0 "$status"
        [[ $backend == sbatch || $output == *"submitting by libslurm"* ]]
        cd "$FLOW/${backend:0:1}"
        is_judged() { job_field "$(jq -r '.jobs[] | select(.task == "alone").job_id' submitted.json)" Dependency | grep -qF '(null)'; }
        wait_for 60 is_judged # that nothing of its name is left
        jobs_as_shown >../"$backend.jobs"
        "$SBRAID" cancel --yes
    done
    scontrol update NodeName=n1,n2 State=RESUME
    cd "$FLOW"
    # All is there that was asked for, and nothing was taken out that should be compared.
    equal "$(grep -c '^\[task' flow.toml)" "$(grep -c '^JobId=<' libslurm.jobs)"
    grep -q 'Comment=sbraid:RUN:words#1 my "own" words, with 100%' libslurm.jobs
    grep -q 'Dependency=.*<array>' libslurm.jobs
    diff -u sbatch.jobs libslurm.jobs
}

@test "the same environment in the jobs by sbatch and by libslurm" {
    local backend file task
    write_flow <<<'name = "seen"'
    cat >look.sh <<'SH'
exec >"seen.$SBRAID_TASK"
env -0 | sort -z | tr '\n\0' ' \n'
ulimit -a
umask
pwd
SH
    for task in plain 'ranks:ntasks = 3|cpus_per_task = 2|ntasks_per_node = 3' 'gpus:gpus = 2|cpus_per_gpu = 2|mem_per_gpu = "1G"' \
        'each:gpus_per_task = 1|ntasks = 2' 'node:gpus_per_node = "h100:1"|open_mode = "append"' 'nothing:export = "NONE"' \
        'some:export = ["ONE", "TWO=2"]|signal = "USR1@60"' 'more:export = ["ALL", "ONE=other"]|threads_per_core = 1' \
        'child:afterok = ["plain"]|mem_per_cpu = "100M"|job_name = "other name"'; do
        printf '[task.%s]\nrun = "bash ../look.sh"\ntime = "5"\nexclude = "n2"\n' "${task%%:*}"
        [[ $task != *:* ]] || tr '|' '\n' <<<"${task#*:}"
    done >>flow.toml
    umask 027
    export ONE='one value' THREE=$'three\nlines'
    for backend in sbatch libslurm; do
        run submit_by "$backend"
        echo "$output"
        equal 0 "$status"
        cd "$FLOW/${backend:0:1}"
        "$SBRAID" wait
        for file in seen.*; do
            # Not what is of this very job and its processes.
            grep -vE '^(SLURM_(JOB_SLUID|TASK_PID|GTIDS|JOB_GPUS|JOB_(START|END)_TIME)|(CUDA|ROCR)_VISIBLE_DEVICES|GPU_DEVICE_ORDINAL|BATS_[A-Z_]*|OLDPWD|_)=' "$file" |
                without_ids | sed "s/^/$file: /"
        done >../"$backend.seen"
    done
    cd "$FLOW"
    equal 9 "$(grep -c ': SLURM_JOB_ID=' libslurm.seen)"
    grep -q '^seen.ranks: SLURM_CPUS_PER_TASK=2$' libslurm.seen
    grep -q '^seen.plain: 0027$' libslurm.seen
    diff -u sbatch.seen libslurm.seen
}

@test "what libslurm cannot do is left to sbatch, or refused before anything is submitted" {
    write_flow <<'TOML'
name = "hints"
[task.plain]
run = "true"
[task.hinted]
run = "true"
hint = "nomultithread"
hold = true
TOML
    run "$SBRAID" submit --backend libslurm flow.toml
    equal 4 "$status"
    [[ $output == *"libslurm cannot submit task 'hinted': --hint is left to sbatch"*"nothing was submitted"* ]]
    [[ ! -e .sbraid ]]
    run "$SBRAID" submit -v flow.toml
    equal 0 "$status"
    [[ $output == *"submitting by sbatch, because of task 'hinted': --hint is left to sbatch"* ]]
    "$SBRAID" cancel --yes
    SBRAID_BACKEND=ssh run "$SBRAID" submit flow.toml
    equal 2 "$status"
    [[ $output == *"SBRAID_BACKEND takes auto, sbatch or libslurm, not 'ssh'"* ]]
    # A site that looks at submissions in sbatch.
    mkdir site
    printf '#!/bin/sh\nexec %s "$@"\n' "$(command -v sbatch)" >site/sbatch
    chmod 755 site/sbatch
    sed -i '/hint =/d' flow.toml
    PATH=$PWD/site:$PATH run "$SBRAID" submit -v --again flow.toml
    equal 0 "$status"
    [[ $output == *"submitting by sbatch, because the sbatch in PATH is a script"* ]]
    "$SBRAID" cancel --yes
}

@test "what Slurm refuses is told in the same words by both" {
    write_flow <<'TOML'
name = "no"
[task.no]
run = "true"
partition = "nowhere"
TOML
    local backend
    for backend in sbatch libslurm; do
        run "$SBRAID" submit --backend "$backend" flow.toml
        equal 4 "$status"
        [[ $output == *"Slurm refused task 'no'"*"invalid partition specified: nowhere"* ||
            $output == *"Slurm refused task 'no'"*"Invalid partition name specified"* ]]
        [[ $output == *"is left in the queue; mend the file and submit again"* ]]
    done
}

@test "a controller that falls silent while libslurm submits: no job is lost, and none is there twice" {
    local controller pid code=0
    {
        printf 'name = "silent"\n[defaults]\nhold = true\n'
        printf '[task.t%03d]\nrun = "true"\n' {1..400}
    } >"$SCRATCH/work/silent.toml"
    write_flow <"$SCRATCH/work/silent.toml"
    controller=$(cat "$BOX_DIR/run/slurmctld.own")
    "$SBRAID" submit --backend libslurm --patience 10s flow.toml >submit.out 2>&1 3>&- &
    pid=$!
    some_are_recorded() { [[ $(cat .sbraid/*/state.jsonl | grep -c job_submitted) -gt 10 ]]; }
    wait_for 60 some_are_recorded
    kill -STOP "$controller"
    wait "$pid" || code=$?
    kill -CONT "$controller"
    cat submit.out
    equal 5 "$code"
    grep -q "more may be" submit.out
    "$SBRAID" resume
    RUN=$(basename .sbraid/silent-*)
    equal 400 "$(queue_of_run "$RUN" | wc -l)"
    equal 400 "$(queue_of_run "$RUN" | sed 's/^[0-9]* //; s/#.*//' | sort -u | wc -l)"
    "$SBRAID" cancel --yes
}

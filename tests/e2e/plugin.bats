#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2317
# The SPANK plugin on a real slurmd: it records what ranks and GPUs did, and whatever breaks on its side, jobs and nodes
# fare as on a cluster without it.

load lib

setup_file() {
    ((EUID == 0)) || return 0
    export SPOOL=$BATS_FILE_TMPDIR/spool
    export NVML=$NVML_FOLDER/libnvidia-ml.so.1
    # Job ids that no other box of this machine uses, so that a file's name tells whose it is.
    box_start --nodes 2 --gpus 2 --no-accounting --conf "FirstJobId=$((1000000 + $$ % 100000 * 100))" --plugin "$PLUGIN_LIBRARY" --plugin-args "$(plugin_arguments "$NVML")"
    cp "$BOX_DIR/etc/plugstack.conf" "$BATS_FILE_TMPDIR/plugstack.conf"
}

setup() {
    need_root
    [[ -d $BOX_DIR/cgroup ]] || skip "needs cgroup v1"
    wait_for 60 nodes_idle # srun would say that it waits
    wait_for 60 no_helpers
    cp "$BATS_FILE_TMPDIR/plugstack.conf" "$BOX_DIR/etc/plugstack.conf"
    rm -rf "$SPOOL" "$SBRAID_SIM_DIR/faults"
    RUN=$(mktemp -d "$SCRATCH/work/run.XXXXXX")
    chown "$TEST_USER" "$RUN"
    STATE=$RUN/state.jsonl
    cd "$SCRATCH/work" || return
}

teardown() {
    note_failure
    local pid
    for pid in $(helpers); do kill -CONT "$pid" 2>/dev/null || true; done
    if [[ -n ${RUN:-} ]] && mountpoint -q "$RUN"; then umount --lazy "$RUN"; fi
}

plugin_arguments() { echo "collect=$SBRAID_BUILD/bin/sbraid-collect spool=$SPOOL nvml=$1 $PLUGIN_PATIENCE"; }

# Slurm reads the file anew for each step.
plugstack() { echo "optional $PLUGIN_LIBRARY sim=$SBRAID_SIM_DIR $*" >"$BOX_DIR/etc/plugstack.conf"; }

fault() { # lines of the simulated library's faults
    printf '%s\n' "$@" >"$SBRAID_SIM_DIR/faults.new"
    mv "$SBRAID_SIM_DIR/faults.new" "$SBRAID_SIM_DIR/faults"
}

job_cgroups() { find /sys/fs/cgroup -path "*/slurm-box-$(<"$BOX_DIR/box.id")/*" -name 'job_*'; }
no_job_cgroups() { [[ -z $(job_cgroups) ]]; }

nodes_fine() { # idle, and never drained by anything of ours
    local reasons
    wait_for 60 nodes_idle
    reasons=$(sinfo --noheader --list-reasons --format=%E)
    equal '' "$reasons"
}

nothing_left() {
    wait_for 60 no_helpers
    wait_for 60 no_job_cgroups
}

# of EVENT JQ-FILTER: from all records of the run, state.d too.
of() {
    local event=$1
    shift
    cat "$RUN"/state.jsonl "$RUN"/state.d/* 2>/dev/null | jq -r --arg e "$event" "select(.e == \$e) | $*"
}
said() { [[ -n $(of "$@") ]]; }
ended() { [[ $(of step_ended .node | sort | uniq | wc -l) == "$1" ]]; }

# recorded OPTION… COMMAND…: srun as the ordinary user, recorded.
recorded() { as_user env SBRAID_RUN_DIR="$RUN" srun "$@"; }

uuid() { awk -v node="$1" -v index_="$2" '$1 == node && $2 == index_ { print $3 }' "$SBRAID_SIM_DIR/devices"; }

# above_up_to LOW HIGH VALUE: a number, more than the one and not more than the other.
above_up_to() { awk -v low="$1" -v high="$2" -v value="$3" 'BEGIN { exit !(value ~ /^[0-9.]+$/ && value + 0 > low && value + 0 <= high) }' || {
    echo "not above $1 and at most $2: $3" >&2
    return 1
}; }

# as_busy_as PER-CENT JQ-FILTER: what the one gpu_used record that the filter leaves says; the mean is less by as much
# as the machine was slow to start and to end the work.
as_busy_as() {
    equal "$1" "$(of gpu_used "$2 | .util_max")"
    above_up_to 0 "$1" "$(of gpu_used "$2 | .util_mean")"
}

# ------------------------------------------------------------------------------------------------- the first thing

@test "the helper leaves the step's cgroup, and a step whose helpers are all stopped ends as ever" {
    recorded --nodes=2 --ntasks=4 --gres=gpu:2 bash -c "until [[ -e $RUN/go ]]; do sleep 0.1; done; exit \$SLURM_PROCID" 3>&- &
    srun_pid=$!
    started() { [[ $(of rank_started .rank 2>/dev/null | wc -l) == 4 ]]; }
    wait_for 60 started
    all_are_there() { [[ $(helpers | wc -l) == 6 ]]; } # supervisor, sampler, writer on two nodes
    wait_for 60 all_are_there
    [[ -n $(job_cgroups) ]] # where they could be, and where to look for what is left

    for pid in $(helpers); do
        equal '' "$(grep -E '/(job|step)_' "/proc/$pid/cgroup")"
        equal 1000 "$(<"/proc/$pid/oom_score_adj")"
        kill -STOP "$pid"
    done
    touch "$RUN/go"
    code=0
    wait "$srun_pid" || code=$?
    equal 3 "$code"

    # All of Slurm is done, and they still stand there, stopped.
    nodes_fine
    wait_for 60 no_job_cgroups
    equal 6 "$(helpers | wc -l)"

    for pid in $(helpers); do kill -CONT "$pid"; done
    nothing_left
    # One who was stopped for long may count as hung: then they are in the spool.
    equal "0 1 2 3" "$(all_records | jq -r 'select(.e == "rank_ended") | .exit_code' | sort -u | paste -sd' ')"
}

@test "a step without SBRAID_RUN_DIR has no helper" {
    srun --nodes=2 --gres=gpu:2 bash -c "touch $RUN/started.\$SLURM_NODEID; until [[ -e $RUN/go ]]; do sleep 0.1; done" 3>&- &
    both_run() { [[ -e $RUN/started.0 && -e $RUN/started.1 ]]; }
    wait_for 60 both_run
    none=$(helpers)
    touch "$RUN/go"
    wait $!
    equal '' "$none"
}

# ---------------------------------------------------------------------------------------------------- what is recorded

@test "four ranks on two nodes: each with its GPU, utilisation, memory and end; a signal and an OOM are told apart" {
    cat >"$RUN/rank" <<'END'
#!/bin/bash
at_work() { # until the load of this process is there, and some periods of its samples
    until [[ -n $(find "$SBRAID_SIM_DIR/loads" -name "$1-*") ]]; do sleep 0.1; done
    sleep 2
}
case $SLURM_PROCID in
0) sbraid-sim-gpu --gpu index:0 --util 80 --mem 1000M --for 4s; exit 7 ;;
1) exec sbraid-sim-gpu --gpu index:1 --util 40 --mem 2000M --for 3s ;;
2) sbraid-sim-gpu --gpu index:0 --util 20 --mem 3000M & at_work $!; kill -KILL $$ ;;
3) sbraid-sim-gpu --gpu index:1 --util 10 --mem 500M & at_work $!; exec tail /dev/zero ;;
esac
END
    chmod 755 "$RUN/rank"
    run recorded --kill-on-bad-exit=0 --nodes=2 --ntasks=4 --ntasks-per-node=2 --gres=gpu:2 --mem=200 "$RUN/rank"
    nodes_fine
    wait_for 60 ended 2
    nothing_left

    equal "0 7 null false
1 0 null false
2 null 9 false
3 null 9 true" "$(of rank_ended '"\(.rank) \(.exit_code) \(.signal) \(.oom)"' | sort)"

    equal "0 $(uuid n1 0) 1048576000 1
1 $(uuid n1 1) 2097152000 1
2 $(uuid n2 0) 3145728000 1
3 $(uuid n2 1) 524288000 1" \
        "$(of gpu_used 'select(.rank != null) | "\(.rank) \(.uuid) \(.mem_max_bytes) \(.processes)"' | sort)"
    as_busy_as 80 'select(.rank == 0)'
    as_busy_as 40 'select(.rank == 1)'
    as_busy_as 20 'select(.rank == 2)'
    as_busy_as 10 'select(.rank == 3)'
    above_up_to 0 100000 "$(of gpu_used 'select(.rank == 0) | .energy_j')"

    # Whole devices, one record each, and everywhere the word that these are no real ones.
    equal "$(for node in n1 n2; do for i in 0 1; do uuid $node $i; done; done | sort)" \
        "$(of gpu_used 'select(.rank == null) | .uuid' | sort)"
    equal "true" "$(of gpu_used .simulated | sort -u)"
    equal "false" "$(of gpu_used '.shared // false' | sort -u)"
    equal "n1 2 $(uuid n1 0),$(uuid n1 1)" \
        "$(of step_started 'select(.node == "n1") | "\(.node) \(.ranks) \(.gpus | join(","))"')"

    # Everything is the user's own, the series too.
    equal "$TEST_USER" "$(stat -c %U "$STATE" "$RUN"/series/* | sort -u)"
    equal 2 "$(find "$RUN/series" -name '*.jsonl' | wc -l)"
    equal 2 "$(head -qn 1 "$RUN"/series/*.jsonl | jq -r .v | wc -l)"
    [[ ! -e $SPOOL ]]
}

@test "a batch job of an array is known by its element, and the work of its children is rank 0's" {
    id=$(as_user env SBRAID_RUN_DIR="$RUN" sbatch --parsable --array=3 --gres=gpu:1 --output=/dev/null \
        --wrap 'sbraid-sim-gpu --gpu 0 --util 50 --mem 64M --for 3s')
    wait_for_end "${id}_3"
    wait_for 60 ended 1
    equal "${id}_3 batch 0 0" "$(of rank_ended '"\(.key) \(.step) \(.rank) \(.exit_code)"')"
    equal "0 67108864" "$(of gpu_used 'select(.rank != null) | "\(.rank) \(.mem_max_bytes)"')"
    as_busy_as 50 'select(.rank == 0)'
    nothing_left
}

@test "a GPU that was given and never touched is known to be idle" {
    recorded --gres=gpu:1 sleep 2
    wait_for 60 ended 1
    equal "null 0 1 0" "$(of gpu_used '"\(.rank) \(.util_mean) \(.idle_fraction) \(.processes)"')"
}

@test "a step without GPUs is recorded too, without a sampler" {
    recorded bash -c 'exit 4' || true
    wait_for 60 ended 1
    equal "4" "$(of rank_ended .exit_code)"
    equal "[] null" "$(of step_started '"\(.gpus // []) \(.gpus_unknown_because)"')"
    equal "" "$(of gpu_used .uuid)"
}

# ------------------------------------------------------------------------------------------------------- what may break

# fares_as_without OPTION…: the same steps and jobs with and without recording; nodes stay fine, nothing is left.
fares_as_without() {
    local recorded without id code
    outcome() { # runs with the environment given
        code=0
        wait_for 60 nodes_idle # srun would say that it waits
        as_user env "$@" srun --nodes=2 --ntasks=2 --gres=gpu:1 bash -c 'sleep 1; exit $((SLURM_PROCID * 5))' 2>err || code=$?
        echo "srun $code"
        grep -v '^srun: error: n[12]: task 1: Exited' err || true # the order of lines is not Slurm's promise
        id=$(as_user env "$@" sbatch --parsable --gres=gpu:1 --output="$SCRATCH/work/out" --wrap 'echo hello; exit 9')
        wait_for_end "$id"
        echo "sbatch $(job_field "$id" JobState) $(job_field "$id" ExitCode)"
        cat "$SCRATCH/work/out"
        rm -f "$SCRATCH/work/out"
    }
    recorded=$(outcome SBRAID_RUN_DIR="$RUN")
    nodes_fine
    without=$(outcome A=1)
    equal "$without" "$recorded"
    [[ $recorded == *"srun 5"*"sbatch FAILED 9:0"*hello* ]]
    nothing_left
}

@test "without a GPU library: the same, and the records say no-library, not 0" {
    plugstack "$(plugin_arguments /nowhere/libnvidia-ml.so.1)"
    fares_as_without
    equal "no-library" "$(of step_started .gpus_unknown_because | sort -u)"
    equal "0 5 9" "$(of rank_ended .exit_code | sort | paste -sd' ')"
    equal "" "$(of gpu_used .uuid)"
}

@test "a GPU library that hangs when it is loaded, when it starts, and when it is asked: the same" {
    for where in dlopen init DeviceGetMemoryInfo; do
        fault "hang $where"
        rm -rf "$RUN"/state*
        fares_as_without
        equal "0 5 9" "$(of rank_ended .exit_code | sort | paste -sd' ')"
        equal "GPU sampling hung" "$(of step_ended .trouble | sort -u)"
    done
    # Asked for memory, it had told its devices before.
    equal "hung null" "$(of gpu_used '"\(.unknown_because) \(.util_mean)"' | sort -u)"
}

@test "a GPU library that crashes: the same" {
    for where in dlopen init DeviceGetMemoryInfo; do
        fault "crash $where"
        rm -rf "$RUN"/state*
        fares_as_without
        equal "0 5 9" "$(of rank_ended .exit_code | sort | paste -sd' ')"
        equal "GPU sampling crashed" "$(of step_ended .trouble | sort -u)"
    done
}

@test "a GPU library that hangs in the middle: what was seen before is kept, with the reason" {
    # Once a reading of the rank at work is in the series, so is it in what the sampler has told.
    recorded --gres=gpu:1 bash -c "sbraid-sim-gpu --util 60 --mem 100M & for _ in {1..300}; do ! grep -qsF '\"rank\":[[0,0,60,100]' $RUN/series/* || break; sleep 0.2; done; echo 'hang DeviceGetMemoryInfo' >$SBRAID_SIM_DIR/faults; sleep 2"
    nodes_fine
    wait_for 60 ended 1
    equal "0 hung 104857600" "$(of gpu_used 'select(.rank != null) | "\(.rank) \(.unknown_because) \(.mem_max_bytes)"')"
    as_busy_as 60 'select(.rank != null)'
    above_up_to 0 0.999 "$(of gpu_used 'select(.rank != null) | .coverage')"
    nothing_left
}

@test "a run directory that is missing: the same, and the records are in the spool, for root only" {
    rm -rf "$RUN"
    fares_as_without
    [[ ! -e $RUN ]]
    equal "drwx------ root" "$(stat -c '%A %U' "$SPOOL")"
    equal 3 "$(find "$SPOOL" -type f -perm 600 | wc -l)" # two nodes of a step, and a batch script
    equal "$RUN" "$(head -qn 1 "$SPOOL"/* | jq -r .run_dir | sort -u)"
    equal "0 5 9" "$(cat "$SPOOL"/* | jq -r 'select(.e == "rank_ended") | .exit_code' | sort | paste -sd' ')"
}

@test "a run directory that the user may not write: the same, and root does not write there either" {
    chown root "$RUN"
    chmod 755 "$RUN"
    fares_as_without
    equal "" "$(ls -A "$RUN")"
    equal "0 5 9" "$(cat "$SPOOL"/* | jq -r 'select(.e == "rank_ended") | .exit_code' | sort | paste -sd' ')"
}

@test "a run directory on a full file system of 64 KiB: the same" {
    mount -t tmpfs -o size=64k,mode=1777 tmpfs "$RUN"
    head -c 1M /dev/zero >"$RUN/full" 2>/dev/null || true
    chown "$TEST_USER" "$RUN" "$RUN/full"
    fares_as_without
    equal "0 5 9" "$(cat "$SPOOL"/* | jq -r 'select(.e == "rank_ended") | .exit_code' | sort | paste -sd' ')"
}

@test "no helper, one that crashes, one that is no program: the same" {
    printf '#!/bin/sh\nkill -SEGV $$\n' >"$SCRATCH/work/crash"
    printf 'nonsense' >"$SCRATCH/work/nonsense"
    chmod 755 "$SCRATCH/work/crash" "$SCRATCH/work/nonsense"
    for collect in /nowhere/sbraid-collect "$SCRATCH/work/crash" "$SCRATCH/work/nonsense"; do
        plugstack "collect=$collect spool=$SPOOL"
        fares_as_without
    done
    equal "" "$(ls -A "$RUN")"
}

@test "a wrong plugstack argument is in slurmd's log and not in the user's output, and the rest counts" {
    plugstack "$(plugin_arguments "$NVML") colour=red budget_us=x"
    run recorded --gres=gpu:1 true
    equal "" "$output"
    equal 0 "$status"
    wait_for 60 ended 1
    equal 1 "$(grep -c "sbraid: plugstack argument 'colour=red' is not understood" "$BOX_DIR"/log/slurmd.n?.log | cut -d: -f2 | sort -r | head -n 1)"
    run grep -E 'error.*sbraid' "$BOX_DIR"/log/slurmd.n1.log "$BOX_DIR"/log/slurmd.n2.log
    equal 1 "$status"
}

# named NAME: the pids of the collectors' processes of that name.
named() {
    local pid
    for pid in $(helpers); do
        if [[ $(<"/proc/$pid/comm") == "$1" ]]; then echo "$pid"; fi
    done
}

# no_gap: the records of the one collector are numbered 1, 2, 3..., repeats allowed.
no_gap() {
    equal 1 "$(all_records | jq -r .w | sort -u | wc -l)"
    equal "$(seq "$(all_records | jq .n | sort -n | tail -n 1)")" "$(all_records | jq .n | sort -nu)"
}
all_records() { cat "$RUN"/state.jsonl "$RUN"/state.d/*.jsonl "$SPOOL"/*.jsonl 2>/dev/null | grep -v '^{"spool"'; }

@test "a writer that is killed with all processes of the user is started again" {
    recorded --gres=gpu:1 bash -c "until [[ -e $RUN/go ]]; do sleep 0.1; done" 3>&- &
    wait_for 60 said rank_started .rank
    victim=$(named sbraid-writer)
    equal 1 "$(wc -w <<<"$victim")"
    kill -KILL "$victim"
    touch "$RUN/go"
    wait $!
    wait_for 60 ended 1
    equal 0 "$(of rank_ended .exit_code)"
    nothing_left
    no_gap
    [[ ! -e $SPOOL ]]
}

@test "a run directory that hangs in the middle: the step ends as ever, and the rest is in the spool" {
    recorded --gres=gpu:1 bash -c "until [[ -e $RUN/go ]]; do sleep 0.1; done; exit 6" 3>&- &
    srun_pid=$!
    wait_for 60 said rank_started .rank
    writer=$(named sbraid-writer)
    kill -STOP "$writer" # to the supervisor, the same as asleep in a dead file system
    given_up() { [[ -z $(named sbraid-writer) ]]; }
    wait_for 60 given_up
    touch "$RUN/go"
    code=0
    wait "$srun_pid" || code=$?
    equal 6 "$code"
    nodes_fine
    nothing_left
    equal "" "$(of rank_ended .rank)"
    equal "6" "$(jq -r 'select(.e == "rank_ended") | .exit_code' "$SPOOL"/*)"
    equal "the run directory did not answer" "$(jq -r 'select(.e == "step_ended") | .trouble' "$SPOOL"/*)"
    no_gap
}

@test "nothing is written outside of the run directory and the spool" {
    touch "$SCRATCH/work/before"
    id=$(as_user env SBRAID_RUN_DIR="$RUN" sbatch --parsable --nodes=2 --gres=gpu:2 --output=/dev/null --wrap 'srun sleep 1')
    wait_for_end "$id"
    wait_for 60 ended 2
    nothing_left
    equal "series state.jsonl" "$(find "$RUN" -mindepth 1 -maxdepth 1 -not -name state.d -printf '%f\n' | sort | paste -sd' ')"
    equal 3 "$(find "$RUN/series" -name "$id.*" | wc -l)"
    equal "" "$(find / -xdev -newer "$SCRATCH/work/before" -name "*$id*" -not -path '/proc/*' -not -path "$RUN/*" \
        -not -path "$BOX_DIR/*" 2>/dev/null)"
    equal "" "$(find /tmp /var/spool /var/tmp /run /dev/shm -maxdepth 2 -newer "$SCRATCH/work/before" -name 'sbraid' 2>/dev/null)"
    [[ ! -e $SPOOL ]]
}

# The last one, because Slurm itself leaves the cgroup of a job whose slurmstepd was killed.
@test "slurmstepd killed with -9: the helpers end, and the record says so" {
    recorded --gres=gpu:1 sleep 1000 3>&- &
    srun_pid=$!
    wait_for 60 said rank_started .rank
    rank_pid=$(of rank_started .pid)
    stepd=$(awk '/^PPid:/ { print $2 }' "/proc/$rank_pid/status")
    kill -KILL "$stepd"
    wait_for 60 no_helpers
    equal "slurmstepd went away" "$(of step_ended .trouble)"
    kill -KILL "$rank_pid" 2>/dev/null || true
    scancel --user="$TEST_USER"
    wait "$srun_pid" || true
    wait_for 60 nodes_idle
}

#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2317
# slurm-box itself: what it promises to the tests, the quickstart and the curious.

load lib

setup_file() { box_start --nodes 2 --gpus 4 --slurmrestd; }

# Processes that carry the mark of a box, and where root: its cgroups.
traces_of() { # BOX_ID
    grep -lxz "SLURM_BOX_ID=$1" /proc/[0-9]*/environ 2>/dev/null
    find /sys/fs/cgroup -name "slurm-box-$1" 2>/dev/null
    return 0
}

@test "status tells the daemons and the nodes, and exits 0" {
    run "$SLURM_BOX" status --dir "$BOX_DIR"
    equal 0 "$status"
    equal "slurm-box up in $BOX_DIR" "${lines[0]}"
    [[ $output == *munged*mariadbd* || $output == *mariadbd*munged* ]]
    equal 2 "$(grep -c 'idle .*gpu:h100:4' <<<"$output")"
}

@test "status of a folder without a box exits 3" {
    run "$SLURM_BOX" status --dir "$SCRATCH/none"
    equal 3 "$status"
    [[ ! -e $SCRATCH/none ]]
}

@test "a second start says so and changes nothing" {
    before=$(cat "$BOX_DIR"/run/slurmctld.pid)
    run "$SLURM_BOX" start --dir "$BOX_DIR"
    equal 0 "$status"
    equal "slurm-box: already running in $BOX_DIR" "$output"
    equal "$before" "$(cat "$BOX_DIR"/run/slurmctld.pid)"
}

@test "wrong options are refused with exit 2 and a hint" {
    for options in '--nodes 0' '--nodes x' '--gpus -1' '--wrong' '--nodes' '--gpu-type a=b'; do
        # shellcheck disable=SC2086
        run "$SLURM_BOX" start --dir "$SCRATCH/other" $options
        equal 2 "$status"
        [[ $output == "slurm-box: error: "*"hint: "* ]]
    done
    [[ ! -e $SCRATCH/other ]]
}

@test "a plugin whose path has blanks, which Slurm would pass over in silence, is refused" {
    mkdir "$SCRATCH/my build"
    touch "$SCRATCH/my build/plugin.so"
    run "$SLURM_BOX" start --dir "$SCRATCH/other" --plugin "$SCRATCH/my build/plugin.so"
    equal 1 "$status"
    [[ $output == "slurm-box: error: "*"my build/plugin.so"*"hint: "* ]]
    [[ ! -e $SCRATCH/other ]]
}

@test "a folder with something else in it is refused" {
    mkdir "$SCRATCH/full"
    touch "$SCRATCH/full/thesis.tex"
    run "$SLURM_BOX" start --dir "$SCRATCH/full"
    equal 1 "$status"
    [[ $output == *"is not empty and not a slurm-box"* ]]
    equal thesis.tex "$(ls "$SCRATCH/full")"
}

@test "sacct shows exactly the GPUs asked for, however they are asked for" {
    cd "$SCRATCH/work"
    typed='gres/gpu:h100=2,gres/gpu=2' untyped='gres/gpu=2'
    check() { # REQUESTED OPTION…
        local requested=$1 id
        shift
        id=$(sbatch --parsable --output=/dev/null "$@" --wrap true)
        wait_for_end "$id"
        echo "# $*"
        equal COMPLETED "$(sacct_field "$id" State)"
        equal "$requested" "$(tres_gpus "$(sacct_field "$id" ReqTRES)")"
        equal "$typed" "$(tres_gpus "$(sacct_field "$id" AllocTRES)")"
    }
    check "$untyped" --gres=gpu:2
    check "$typed" --gres=gpu:h100:2
    check "$untyped" --gpus=2
    check "$typed" --gpus=h100:2
    check "$untyped" --nodes=2 --gpus-per-node=1
    check "$typed" --nodes=2 --gpus-per-node=h100:1
    check "$untyped" --ntasks=2 --gpus-per-task=1
    check "$typed" --ntasks=2 --gpus-per-task=h100:1
}

@test "eight one-GPU jobs run at once on eight GPUs, the ninth waits" {
    cd "$SCRATCH/work"
    local ids=() i
    for i in 1 2 3 4 5 6 7 8 9; do
        ids+=("$(sbatch --parsable --output=/dev/null --gpus=1 --wrap "while [ ! -e $SCRATCH/work/go ]; do sleep 0.1; done")")
    done
    eight_run() { [[ $(squeue --noheader --states=R --format=%i | wc -l) == 8 ]]; }
    wait_for 60 eight_run
    equal PENDING "$(job_field "${ids[8]}" JobState)"
    wait_for 60 is_waiting_for_resources "${ids[8]}"
    touch "$SCRATCH/work/go"
    for i in "${ids[@]}"; do
        wait_for_end "$i"
        equal COMPLETED "$(sacct_field "$i" State)"
    done
}
is_waiting_for_resources() { [[ $(job_field "$1" Reason) == Resources || $(job_field "$1" Reason) == Priority ]]; }

@test "a rank beyond its memory is killed and counted as out of memory" {
    need_root
    [[ -d $BOX_DIR/cgroup ]] || skip "needs cgroup v1"
    cd "$SCRATCH/work"
    id=$(sbatch --parsable --output=oom.out --mem=200 --wrap 'srun --mem=100 tail /dev/zero')
    wait_for_end "$id"
    equal OUT_OF_MEMORY "$(sacct_field "$id.0" State)"
}

@test "a job sees the GPU it was given, not the others, and still /dev/null" {
    need_root
    [[ -d $BOX_DIR/cgroup ]] || skip "needs cgroup v1"
    run srun --gpus=1 bash -c '
        echo "given $CUDA_VISIBLE_DEVICES"
        echo text >/dev/null && echo null
        for gpu in 0 1 2 3; do
            if message=$( { exec 3<"$0/dev/gpu$gpu"; } 2>&1); [[ $message == *"not permitted"* ]]; then echo "no $gpu"; fi
        done' "$BOX_DIR"
    equal 0 "$status"
    equal "given 0 null no 1 no 2 no 3" "${lines[*]}"
}

@test "an ordinary user submits to the box of root" {
    need_root
    cd "$SCRATCH/home"
    id=$(as_user sbatch --parsable --output=out --gpus=1 --wrap 'id -un; srun id -un')
    wait_for_end "$id"
    equal "$TEST_USER $TEST_USER" "$(paste -sd' ' out)"
    equal "$TEST_USER" "$(sacct_field "$id" User)"
    equal COMPLETED "$(sacct_field "$id" State)"
}

@test "a requeued job starts again within seconds" {
    cd "$SCRATCH/work"
    id=$(sbatch --parsable --requeue --open-mode=append --output=again.out --wrap '
        echo "attempt ${SLURM_RESTART_COUNT:-0}"
        if [ -z "$SLURM_RESTART_COUNT" ]; then scontrol requeue "$SLURM_JOB_ID"; sleep 60; fi')
    twice() { grep -q 'attempt 1' "$SCRATCH/work/again.out"; }
    wait_for 60 twice
    wait_for_end "$id"
    equal COMPLETED "$(job_field "$id" JobState)"
}

@test "slurmrestd answers on its socket and its port to a token, and only to a token" {
    # shellcheck disable=SC2046
    export $(scontrol token lifespan=300)
    headers=(-H "X-SLURM-USER-NAME: $(id -un)" -H "X-SLURM-USER-TOKEN: $SLURM_JWT")
    unset SLURM_JWT
    curl --silent --fail --max-time 60 "${headers[@]}" "$SLURM_BOX_RESTD_URL/openapi" >"$SCRATCH/work/openapi"
    version=$(jq -r '.paths | keys[]' "$SCRATCH/work/openapi" | sed -n 's|^/slurm/\(v[0-9.]*\)/ping.*|\1|p' | sort -V | tail -n 1)
    [[ -n $version ]]
    for place in "$SLURM_BOX_RESTD_URL" "--unix-socket $SLURM_BOX_RESTD_SOCKET http://localhost"; do
        # shellcheck disable=SC2086
        run curl --silent --max-time 60 "${headers[@]}" $place/slurm/$version/ping
        equal 0 "$(jq '.errors | length' <<<"$output")"
        # The answer is in `ping` up to v0.0.38, in `pinged` up to v0.0.44, and in `responding` from v0.0.42 on.
        equal true "$(jq '.pings[0] | .responding // ((.ping // .pinged) == "UP")' <<<"$output")"
    done
    run curl --silent --output /dev/null --write-out '%{http_code}' --max-time 60 "$SLURM_BOX_RESTD_URL/slurm/$version/ping"
    equal 401 "$output"
}

@test "every simulated GPU of two boxes has its own UUID" {
    "$SLURM_BOX" start --dir "$SCRATCH/second" --nodes 2 --no-accounting
    equal 8 "$(wc -l <"$BOX_DIR/sim/devices")"
    equal 16 "$(cat "$BOX_DIR/sim/devices" "$SCRATCH/second/sim/devices" | awk '{ print $3 }' | grep -cE '^GPU-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')"
    equal 16 "$(cat "$BOX_DIR/sim/devices" "$SCRATCH/second/sim/devices" | awk '{ print $3 }' | sort -u | wc -l)"
    equal "n1 0 81920 Simulated H100" "$(awk 'NR == 1 { $3 = ""; print }' "$BOX_DIR/sim/devices" | tr -s ' ')"

    # … and the two do not know of each other's jobs, though their nodes have the same names.
    first=$(sbatch --parsable --output=/dev/null --wrap 'sleep 600')
    wait_for 60 is_job_state "$first" RUNNING
    (use_box "$SCRATCH/second" && srun --gpus=4 true && wait_for 60 nothing_queued) # what has ended is COMPLETING for a moment
    "$SLURM_BOX" stop --purge --dir "$SCRATCH/second"
    [[ ! -e $SCRATCH/second ]]
    equal RUNNING "$(job_field "$first" JobState)"
    scancel "$first"
}

@test "a line given with --conf takes the place of ours" {
    "$SLURM_BOX" start --dir "$SCRATCH/own" --nodes 1 --gpus 0 --no-accounting \
        --conf MaxArraySize=77 --conf minjobage=9 --conf 'PartitionName=extra Nodes=n1'
    (
        use_box "$SCRATCH/own"
        equal "MaxArraySize = 77" "$(scontrol show config | grep '^MaxArraySize' | tr -s ' ')"
        equal "MinJobAge = 9 sec" "$(scontrol show config | grep '^MinJobAge' | tr -s ' ')"
        equal "cpu extra gpu" "$(sinfo --noheader --format=%R | sort | paste -sd' ')"
        run sacct
        [[ $status != 0 || $output == *disabled* ]]
    )
    "$SLURM_BOX" stop --dir "$SCRATCH/own"
}

@test "start after a crash picks up the jobs' history and leaves strangers alone" {
    box=$SCRATCH/crash
    "$SLURM_BOX" start --dir "$box" --nodes 1
    one_runs() { [[ $(squeue --noheader --states=R --format=%i) == 2 ]]; }
    recorded() { [[ -n $(sacct --noheader --starttime=now-1days --name=before) ]]; }
    (
        use_box "$box"
        srun --job-name=before true
        sbatch --output=/dev/null --wrap 'setsid sleep 1000' >/dev/null
        wait_for 60 one_runs
        wait_for 60 recorded
    )
    for file in "$box"/run/*.pid; do
        read -r pid _ <"$file"
        kill -KILL "$pid"
    done
    is_down() { local code=0; "$SLURM_BOX" status --dir "$box" || code=$?; ((code == 3)); }
    wait_for 60 is_down # who is killed may take a moment to die

    # A stranger who was given the pid of one of our dead.
    sleep 1000 3>&- &
    stranger=$!
    sed -i "s/^[0-9]*/$stranger/" "$box/run/munged.pid"

    "$SLURM_BOX" start --dir "$box" --nodes 1
    kill -0 "$stranger"
    (
        use_box "$box"
        srun true
        recorded
    )
    id=$(<"$box/box.id")
    "$SLURM_BOX" stop --dir "$box"
    kill -0 "$stranger"
    kill "$stranger"
    equal '' "$(traces_of "$id")"
}

@test "nothing is left after stop, not even what a job hid in a session of its own" {
    box=$SCRATCH/gone
    "$SLURM_BOX" start --dir "$box" --nodes 2 --slurmrestd
    id=$(<"$box/box.id")
    [[ -n $(traces_of "$id") ]]
    (
        use_box "$box"
        cd "$SCRATCH/work"
            sbatch --output=stubborn.out --wrap 'trap "" TERM; setsid -f sleep 5432; echo ready; while :; do sleep 1; done'
        stubborn() { grep -q ready "$SCRATCH/work/stubborn.out"; }
        wait_for 60 stubborn
    )
    ports=$(<"$box/etc/ports")
    "$SLURM_BOX" stop --dir "$box"
    equal '' "$(traces_of "$id")"
    equal '' "$(pgrep -f 'sleep 5432')"
    equal '' "$(grep -l "$box" /proc/[0-9]*/cmdline 2>/dev/null)"
    equal '' "$(grep -F "$box" /proc/mounts)"
    for offset in 0 1 2 11 12; do
        run bash -c ": </dev/tcp/127.0.0.1/$((ports + offset))"
        ((status != 0))
    done
    run "$SLURM_BOX" stop --dir "$box"
    equal 0 "$status"
}

@test "where cgroup v1 cannot be used, root's box says so and does without" {
    need_root
    run unshare --mount bash -c '
        mount -t tmpfs none /sys/fs/cgroup
        "$0" start --dir "$1" --nodes 1 --no-accounting && SLURM_CONF=$1/etc/slurm.conf srun --gpus=1 echo ran
        "$0" stop --dir "$1"' "$SLURM_BOX" "$SCRATCH/bare"
    equal 0 "$status"
    [[ $output == *"no usable cgroup v1 controller"*"using linuxproc"* ]]
    [[ $output == *$'\nran\n'* ]]
    equal '' "$(traces_of "$(<"$SCRATCH/bare/box.id")")"
}

@test "an ordinary user has a box of his own, and runs jobs on its GPUs" {
    box=$SCRATCH/home/box
    as_user "$SLURM_BOX" start --dir "$box" --nodes 2 --slurmrestd
    cd "$SCRATCH/home"
    export SLURM_CONF=$box/etc/slurm.conf
    id=$(as_user sbatch --parsable --output=mine.out --nodes=2 --gpus-per-node=h100:2 --wrap 'srun bash -c "id -un; echo \$CUDA_VISIBLE_DEVICES"')
    wait_for 60 job_is_over "$id"
    equal COMPLETED "$(job_field "$id" JobState)"
    user=$( ((EUID == 0)) && echo "$TEST_USER" || id -un)
    equal "0,1 0,1 $user $user" "$(sort mine.out | paste -sd' ')"
    recorded() { [[ $(tres_gpus "$(as_user sacct -nPXj "$id" -o AllocTRES)") == gres/gpu:h100=4,gres/gpu=4 ]]; }
    wait_for 60 recorded
    mark=$(<"$box/box.id")
    as_user "$SLURM_BOX" stop --dir "$box"
    equal '' "$(traces_of "$mark")"
}

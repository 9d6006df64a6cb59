#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2317
# kill -9 of `sbraid submit` of 200 tasks at 20 random instants, by sbatch and by libslurm in turn; after `resume` there is one
# live job a task, every edge is right, and nothing has started before the whole graph was in. SBRAID_SEED repeats a run;
# SBRAID_KILLS asks for more.

load lib
load flow

setup_file() { box_start --nodes 4 --gpus 4; }

# 200 tasks in 10 layers of 20; each waits for three of the layer before, kinds mixed.
two_hundred() {
    local layer i
    printf 'name = "big"\n[defaults]\ntime = "30"\nmem = "10M"\n'
    for layer in {0..9}; do
        for i in {0..19}; do
            printf '[task.l%d_%02d]\nrun = "while [ ! -e go ]; do sleep 1; done"\n' "$layer" "$i"
            ((layer > 0)) || continue
            printf 'afterok = ["l%d_%02d", "l%d_%02d"]\n' $((layer - 1)) "$i" $((layer - 1)) $(((i + 7) % 20))
            printf 'afterany = ["l%d_%02d"]\n' $((layer - 1)) $(((i + 3) % 20))
        done
    done
}

# Every edge of the file, as "child kind parent", and every edge of Slurm, named back by the tokens.
edges_of_file() { "$SBRAID" plan --json flow.toml | jq -r '.tasks[] | .name as $n | .edges[] | "\($n) \(.kind) \(.task)"' | sort; }
edges_of_slurm() {
    # squeue's %E shows what is still waited for: all of it, while the roots run or are held.
    squeue --noheader --states=all --format='%i|%E|%k|%T' | awk -F'|' -v run="sbraid:$RUN:" '
        index($3, run) == 1 && $4 != "CANCELLED" {
            token = substr($3, length(run) + 1); sub(/[ #].*/, "", token); task[$1] = token; waits[$1] = $2
        }
        END {
            for (job in task) {
                n = split(waits[job], part, ",")
                for (k = 1; k <= n; ++k) {
                    if (match(part[k], /^(after[a-z]*):([0-9]+)/)) {
                        split(part[k], word, /[:(+_]/)
                        print task[job], word[1], (word[2] in task) ? task[word[2]] : "job " word[2]
                    }
                }
            }
        }' | sort
}

@test "kill -9 of submit at random instants, then resume: one live job a task, every edge right" {
    two_hundred >"$SCRATCH/work/big.toml"
    write_flow <"$SCRATCH/work/big.toml"
    expected=$(edges_of_file)
    equal 540 "$(wc -l <<<"$expected")"

    backends=(sbatch libslurm)
    "$SBRAID" doctor | grep -q 'libslurm and sbatch' || backends=(sbatch sbatch)
    # How long does it take unharmed? The instants are spread over that time.
    for ((kill = 0; kill < 2; kill++)); do
        begin=$(date +%s%N)
        submit_flow --backend "${backends[kill]}"
        whole_ms[kill]=$((($(date +%s%N) - begin) / 1000000))
        "$SBRAID" cancel --yes
        wait_for 60 has_left_queue "$RUN"
    done

    RANDOM=${SBRAID_SEED:-$((SECONDS + $$))}
    seed=$RANDOM
    RANDOM=$seed
    echo "seed $seed" >&3
    for ((kill = 1; kill <= ${SBRAID_KILLS:-20}; kill++)); do
        rm -rf .sbraid
        SBRAID_BACKEND=${backends[kill % 2]} # of submit, and of the resume after it
        export SBRAID_BACKEND
        "$SBRAID" submit flow.toml >submit.out 2>&1 3>&- &
        pid=$!
        wait_ms=$((RANDOM * whole_ms[kill % 2] / 32767))
        sleep "$((wait_ms / 1000)).$(printf %03d $((wait_ms % 1000)))"
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" || true
        set -- .sbraid/*/
        if [[ ! -e $1/plan.json ]]; then # killed before the plan was durable: then there is no job either
            equal '' "$(squeue --noheader --format='%k' | grep '^sbraid:big' || true)"
            submit_flow
        else
            RUN=$(basename "$1")
            # Before resume nothing has started unless the whole graph was in.
            "$SBRAID" resume "$RUN" >resume.out 2>&1 || { cat resume.out; false; }
        fi
        live=$(squeue --noheader --format='%k %T' | awk -v run="sbraid:$RUN:" 'index($1, run) == 1 { sub(/#.*/, "", $1); print $1 }')
        echo "kill $kill of $SBRAID_BACKEND after $wait_ms of ${whole_ms[kill % 2]} ms: $(wc -l <<<"$live") live jobs of $(sort -u <<<"$live" | wc -l) tasks" >&3
        equal 200 "$(wc -l <<<"$live")"
        equal 200 "$(sort -u <<<"$live" | wc -l)"
        equal "$expected" "$(edges_of_slurm)"
        equal running "$("$SBRAID" status --json | jq -r .state)"
        roots_are_released() { ! squeue --noheader --states=PD --format='%r %k' | grep JobHeldUser | grep -qF "$RUN"; }
        wait_for 60 roots_are_released
        "$SBRAID" cancel --yes >/dev/null
        wait_for 60 has_left_queue "$RUN"
    done
}

@test "after a crash and a resume the run ends well" {
    two_hundred >"$SCRATCH/work/big.toml"
    write_flow <"$SCRATCH/work/big.toml"
    "$SBRAID" submit flow.toml >submit.out 2>&1 3>&- &
    pid=$!
    some_are_in() { [[ $(squeue --noheader --format=%k | grep -c '^sbraid:big') -gt 50 ]]; }
    wait_for 60 some_are_in
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" || true
    "$SBRAID" resume
    touch go
    "$SBRAID" wait
    equal "COMPLETED" "$("$SBRAID" status --json | jq -r '[.tasks[].state] | unique | join(" ")')"
    equal 200 "$("$SBRAID" status --json | jq '.tasks | length')"
}

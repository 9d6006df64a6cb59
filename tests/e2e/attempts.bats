#!/usr/bin/env bats
# shellcheck disable=SC2016
# retry and continue on a real Slurm: what runs again, how often, and what its dependents make of it. One workflow has all
# the cases, because each of them waits most of the time.

load lib
load flow

# KillWait, as Slurm has it by default, and GraceTime: after SIGTERM a batch script asks Slurm, and decides.
setup_file() {
    box_start --nodes 4 --gpus 0 --conf PreemptType=preempt/partition_prio --conf PreemptMode=REQUEUE --conf KillWait=30 \
        --conf "PartitionName=low Nodes=ALL PriorityTier=1 GraceTime=20" \
        --conf "PartitionName=high Nodes=ALL PriorityTier=10"
    write_flow <<'T'
name = "again"
[defaults]
time = 5
mem = "30M"

[task.twice]
retry = 3
run = 'echo x >>twice; [[ $(wc -l <twice) == 3 ]]'
[task.child]
afterok = ["twice"]
run = 'wc -l <twice >>child'

[task.unnamed]
retry = { max = 3, on = ["exit:75", "signal:9"] }
run = 'echo x >>unnamed; exit 3'
[task.named]
retry = { max = 3, on = ["exit:75"], delay = "8s" }
run = 'echo x >>named; exit $(($(wc -l <named) == 2 ? 0 : 75))'

[task.hopeless]
retry = 1
run = 'echo x >>hopeless; exit 1'
[task.handler]
afternotok = ["hopeless"]
run = 'cp hopeless handler'
[task.never]
afterok = ["hopeless"]
run = 'touch never'

# Its last element has the id of the whole.
[task.elements]
array = "1-3"
retry = 2
run = 'echo x >>element.$SLURM_ARRAY_TASK_ID; [[ $SLURM_ARRAY_TASK_ID != 3 || $(wc -l <element.3) == 2 ]]'
[task.pairs]
aftercorr = ["elements"]
run = 'wc -l <element.$SLURM_ARRAY_TASK_ID >>pair.$SLURM_ARRAY_TASK_ID'

[task.here]
retry = { max = 3, inplace = true }
run = 'echo "${SLURM_RESTART_COUNT:-0}" >>here; [[ $(wc -l <here) == 3 ]]'

[task.output]
retry = 1
outputs = ["made"]
run = 'if [[ -e tried ]]; then touch made; fi; touch tried'

[task.greedy]
retry = { max = 1, on = ["oom"] }
run = 'echo x >>greedy; if [[ $(wc -l <greedy) == 1 ]]; then head -c 300M /dev/zero | tail -c 300M >/dev/null; fi'
[task.greedy-unnamed]
retry = 3
run = 'echo x >>greedy-unnamed; head -c 300M /dev/zero | tail -c 300M >/dev/null'

[task.slow]
time = 1
retry = { max = 1, on = ["timeout"] }
run = 'echo x >>slow; if [[ $(wc -l <slow) == 1 ]]; then trap "" TERM; while :; do sleep 1; done; fi'

# Slurm looks at its limits every half minute: the signal comes 30 to 60 seconds after the start, when all traps are set.
[task.train]
time = 2
continue = { lead = "60s", max = 5 }
run = '''
legs=$(cat legs 2>/dev/null || echo 0)
trap 'echo $((legs + 1)) >legs; ((legs < 2)) || touch "$SBRAID_DONE_FILE"; exit 0' USR2
while :; do sleep 0.2; done
'''
[task.evaluate]
afterok = ["train"]
run = 'cat legs >>evaluated'
[task.ranks]
time = 2
launch = "srun"
ntasks = 2
continue = { lead = "60s", max = 1 }
run = '''
trap 'echo saved >"rank.$SLURM_PROCID"; touch "$SBRAID_DONE_FILE"; exit 1' USR2
while :; do sleep 0.2; done
'''
[task.endless]
time = 2
continue = { lead = "60s", max = 1, signal = "USR1" }
run = 'echo x >>endless; sleep 1000'
T
    submit_flow
    export FLOW
}

setup() { cd "$FLOW" || return; }

attempts_of() { "$SBRAID" status --json "$RUN" | jq -r --arg t "$1" '[.tasks[] | select(.task == $t).attempts] | join(" ")'; }
lines_of() { wc -l <"$1"; }

@test "somebody cancels: an attempt that is cancelled is the last, also one that ends itself at that" {
    write_flow <<'T'
name = "cancelled"
[defaults]
time = 10
mem = "30M"
retry = { max = 5, on = ["fail", "timeout"] }
[task.a]
run = 'trap "exit 1" TERM; touch a; while :; do sleep 0.1; done'
[task.b]
run = 'touch b; sleep 1000'
[task.c]
continue = { max = 5 }
run = 'touch c; while :; do sleep 0.1; done'
T
    submit_flow
    wait_for 60 test -e a -a -e b -a -e c
    scancel "$(job_of a)" "$(job_of b)" "$(job_of c)"
    wait_for 60 has_left_queue "$RUN"
    "$SBRAID" wait || true
    for task in a b c; do
        equal CANCELLED "$(state_of "$task")"
        wait_for 60 sacct_has_end "$(job_of "$task")"
        equal 1 "$(sacct --noheader --duplicates --allocations --jobs="$(job_of "$task")" --format=JobID | wc -l)"
    done
    # In the log of a job that was cancelled stands nothing of another try.
    equal '' "$(grep -h 'retry\|continue' .sbraid/*/logs/*)"
}

@test "all of them end, and wait knows when" {
    run "$SBRAID" wait "$RUN"
    echo "$output"
    equal 6 "$status"
    "$SBRAID" status "$RUN"
    equal '' "$(queue_of_run "$RUN")"
}

@test "fails twice, then succeeds: its child runs once, behind the success" {
    equal COMPLETED "$(state_of twice)"
    equal 3 "$(cat child)"
    equal 3 "$(attempts_of twice)"
    equal 1 "$(attempts_of child)"
    log=$("$SBRAID" logs twice -r "$RUN")
    equal "sbraid: -------- task 'twice' ended with exit code 1: retry 1 of 3 --------
sbraid: -------- task 'twice' ended with exit code 1: retry 2 of 3 --------" "$(grep '^sbraid:' <<<"$log")"
}

@test "only what is named is tried again" {
    equal FAILED "$(state_of unnamed)"
    equal 1 "$(lines_of unnamed)"
    equal COMPLETED "$(state_of named)"
    equal 2 "$(lines_of named)"
}

@test "its max is the end: failed, and the handler runs" {
    equal FAILED "$(state_of hopeless)"
    equal 2 "$(lines_of hopeless)"
    equal 2 "$(attempts_of hopeless)"
    equal COMPLETED "$(state_of handler)"
    equal 2 "$(lines_of handler)"
    equal SKIPPED "$(state_of never)"
    [[ ! -e never ]]
}

@test "of an array the element alone that failed" {
    equal COMPLETED "$(state_of elements)"
    equal '1 1 2' "$(lines_of element.1) $(lines_of element.2) $(lines_of element.3)"
    equal '1 1 2' "$(attempts_of elements)"
    equal '1 1 2' "$(cat pair.1) $(cat pair.2) $(cat pair.3)"
}

@test "in place: in one allocation" {
    equal COMPLETED "$(state_of here)"
    equal '000' "$(tr -d '\n' <here)"
    equal 3 "$(attempts_of here)"
    equal 1 "$(sacct --noheader --duplicates --allocations --jobs="$(job_of here)" --format=JobID | wc -l)"
    equal 3 "$("$SBRAID" report --json "$RUN" | jq '.tasks[] | select(.task == "here").attempts')"
}

@test "a missing output is a failure" {
    equal COMPLETED "$(state_of output)"
    equal 2 "$(attempts_of output)"
}

@test "memory: as the kernel counts it" {
    need_root
    equal COMPLETED "$(state_of greedy)"
    equal 2 "$(attempts_of greedy)"
    equal OUT_OF_MEMORY "$(state_of greedy-unnamed)"
    equal 1 "$(lines_of greedy-unnamed)"
}

@test "the time limit" {
    equal COMPLETED "$(state_of slow)"
    equal 2 "$(lines_of slow)"
}

@test "over the time limit: three legs, until the file says that it is done" {
    equal COMPLETED "$(state_of train)"
    equal 3 "$(cat legs)"
    equal 3 "$(attempts_of train)"
    equal 3 "$(cat evaluated)"
    equal 3 "$("$SBRAID" report --json "$RUN" | jq '.tasks[] | select(.task == "train").attempts')"
    # Two legs were ended by the signal, which comes half a minute after their start at the earliest; the last is short.
    wait_for 60 sacct_has_end "$(job_of train)"
    equal true "$("$SBRAID" report --json "$RUN" | jq '.tasks[] | select(.task == "train") | .total.elapsed_s > .elapsed_s + 30')"
    [[ $("$SBRAID" report "$RUN") == *"all 3 tries: "* ]]
}

@test "each rank gets the signal" {
    equal COMPLETED "$(state_of ranks)"
    equal 'saved saved' "$(cat rank.0 rank.1 | paste -sd ' ')"
    equal 1 "$(attempts_of ranks)"
}

@test "what is not done at its last time has failed" {
    equal FAILED "$(state_of endless)"
    equal 2 "$(lines_of endless)"
    equal 2 "$(attempts_of endless)"
}

@test "a preemption is no attempt" {
    write_flow <<'T'
name = "preempted"
[task.low]
time = 5
mem = "30M"
partition = "low"
exclusive = true
nodelist = "n4"
launch = "srun"
ntasks = 1
retry = 1
run = 'echo x >>low; case $(wc -l <low) in 1) sleep 1000 ;; 2) exit 1 ;; esac'
T
    submit_flow
    wait_for 60 test -e low
    sbatch --partition=high --exclusive --nodelist=n4 --mem=30M --time=1 --output=/dev/null --wrap=true
    "$SBRAID" wait
    equal COMPLETED "$(state_of low)"
    equal 3 "$(lines_of low)"
    equal "sbraid: task 'low' ended with exit code 143, because Slurm preempts it: that is no attempt
sbraid: -------- task 'low' ended with exit code 1: retry 1 of 1 --------" "$("$SBRAID" logs low | grep '^sbraid: ')"
}

#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2317
# Every example runs, and every edge of it held: by sacct no child starts before its parent allows it.

load lib
load flow

setup_file() { box_with_plugin --nodes 4 --gpus 4; }

@test "finetune: array, training, evaluation in order; the handler is skipped" {
    example finetune
    run "$SBRAID" check flow.toml
    equal 0 "$status"
    submit_flow
    "$SBRAID" wait
    for task in tokenize train eval; do equal "$task COMPLETED" "$task $(state_of "$task")"; done
    equal SKIPPED "$(state_of alarm)"
    starts_after train tokenize
    starts_after eval train
    never_ran alarm
    equal succeeded "$("$SBRAID" status --json | jq -r .state)"
    equal '' "$(queue_of_run "$RUN")"
    [[ -s .sbraid/$RUN/accuracy.txt ]]
    # The picture of the run has the same states.
    graph=$("$SBRAID" graph --json)
    equal "$RUN succeeded false" "$(jq -r '"\(.run) \(.state) \(.stale)"' <<<"$graph")"
    equal "8 done" "$(jq -r '.nodes[] | select(.name == "tokenize").state' <<<"$graph")"
    equal "COMPLETED good" "$(jq -r '.nodes[] | select(.name == "train") | "\(.state) \(.tone)"' <<<"$graph")"
    equal "SKIPPED idle" "$(jq -r '.nodes[] | select(.name == "alarm") | "\(.state) \(.tone)"' <<<"$graph")"
    "$SBRAID" graph "$RUN" -o run.svg
    grep -q '>COMPLETED<' run.svg
}

@test "finetune: the report says what each GPU did, and that it is simulated" {
    example finetune
    submit_flow
    "$SBRAID" wait
    wait_for 60 no_helpers
    wait_for 60 sacct_has_ends train
    report=$("$SBRAID" report --json)
    train=$(jq '.tasks[] | select(.task == "train")' <<<"$report")
    # Four ranks, four GPUs, each rank its own.
    equal 4 "$(jq '[.gpus[] | select(.rank != null) | .uuid] | unique | length' <<<"$train")"
    equal "0 1 2 3" "$(jq -r '[.gpus[] | select(.rank != null) | .rank] | unique | map(tostring) | join(" ")' <<<"$train")"
    # What was scripted is what is read: rank 0 at 95 %, rank 3 at 35 % and idle for half of its time. (jq 1.7 writes a number
    # as it was written, 95.0, until it counts with it.)
    equal 95 "$(jq '[.gpus[] | select(.rank == 0).util_max] | max + 0' <<<"$train")"
    equal 35 "$(jq '[.gpus[] | select(.rank == 3).util_max] | max + 0' <<<"$train")"
    equal true "$(jq '[.gpus[] | select(.rank == 3).idle_fraction] | max > 0.3' <<<"$train")"
    equal true "$(jq '[.gpus[] | select(.rank == 0).idle_fraction] | max < 0.3' <<<"$train")"
    equal $((60 * 1024 ** 3)) "$(jq '[.gpus[] | select(.rank == 0).mem_max_bytes] | max' <<<"$train")"
    # The mean of a task is that of its GPUs, each of which stands in its lines.
    equal true "$(jq '([.gpus[] | {(.uuid): .board_util_mean}] | add | add / length) - .gpu.util_mean | fabs < 0.01' <<<"$train")"
    # It waited for its parents first, then in the queue.
    waited=$("$SBRAID" status --json | jq '.tasks[] | select(.task == "train") | .start - .submit')
    equal "$waited" "$(jq '.ineligible_s + .wait_s' <<<"$train")"
    text=$("$SBRAID" report)
    [[ $text == *"simulated GPU"* ]]
    run "$SBRAID" report --by-gpu
    equal 2 "$status"
    [[ $output == *"--by-gpu needs --parsable2 or --csv"* ]]
}

@test "finetune with a training that fails: eval never runs, the handler does, and status says why" {
    example finetune
    sed -i 's/^gpu_work/exit 9; gpu_work/; s/^if ((SLURM_PROCID/exit 9\n&/' train.sh
    submit_flow
    run "$SBRAID" wait
    equal 6 "$status"
    equal FAILED "$(state_of train)"
    equal SKIPPED "$(state_of eval)"
    equal COMPLETED "$(state_of alarm)"
    never_ran eval
    starts_after alarm train
    equal failed "$("$SBRAID" status --json | jq -r .state)"
    equal 9 "$("$SBRAID" status --json | jq '[.tasks[] | select(.task == "train").exit_code][0]')"
    run "$SBRAID" status
    [[ $output == *"train"*"failed"* ]]
    grep -q 'training llama-8b failed' ".sbraid/$RUN"/logs/alarm-*.out
}

@test "diamond: afterok, afterany and after hold" {
    example diamond
    submit_flow
    "$SBRAID" wait
    for task in prepare left right join watch; do equal "$task COMPLETED" "$task $(state_of "$task")"; done
    starts_after left prepare
    starts_after right prepare
    starts_after join left
    starts_after join right
    wait_for 60 sacct_has_ends watch
    (($(sacct_epoch "$(job_of watch)" Start) >= $(sacct_epoch "$(job_of prepare)" Start)))
}

@test "diamond with a right side that fails: afterany lets the join run" {
    example diamond
    sed -i '3a if [[ $1 == right ]]; then sleep 2; exit 3; fi' step.sh
    submit_flow
    run "$SBRAID" wait
    equal 6 "$status"
    equal FAILED "$(state_of right)"
    equal COMPLETED "$(state_of join)"
    starts_after join right
}

@test "existing-script: its own #SBATCH lines hold, the file's win" {
    example existing-script
    submit_flow
    "$SBRAID" wait
    equal COMPLETED "$(state_of simulate)"
    job=$(job_of simulate)
    wait_for 60 sacct_has_end "$job"
    equal 00:03:00 "$(sacct_field "$job" Timelimit)"
    equal gres/gpu=1 "$(tres_gpus "$(sacct_field "$job" ReqTRES)")"
    equal 10 "$(cat .sbraid/"$RUN"/logs/collect-*.out)"
    grep -q -- 'simulating with --steps 1000' .sbraid/"$RUN"/logs/simulate-*.out
}

@test "an ordinary user runs the finetune example" {
    need_root
    example finetune
    chown -R "$TEST_USER" "$FLOW"
    as_user "$SBRAID" submit flow.toml
    as_user "$SBRAID" wait
    wait_for 60 no_helpers
    equal "COMPLETED" "$(as_user "$SBRAID" status --json | jq -r '[.tasks[] | select(.task != "alarm").state] | unique | join(" ")')"
    equal 4 "$(as_user "$SBRAID" report --json | jq '[.tasks[] | select(.task == "train").gpus[] | select(.rank != null)] | length')"
}

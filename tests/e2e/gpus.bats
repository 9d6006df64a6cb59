#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2317
# The GPUs that a workflow asks for are the GPUs that Slurm gives, and no GPU is given twice at a time.

load lib
load flow

setup_file() { box_with_plugin --nodes 4 --gpus 4; }

@test "ReqTRES and AllocTRES show exactly what the file asks for, in every spelling" {
    write_flow <<'T'
name = "spellings"
[defaults]
time = "5"
mem = "20M"
[task.gres]
command = ["true"]
gres = "gpu:2"
[task.gres_typed]
command = ["true"]
gres = "gpu:h100:2"
[task.gpus]
command = ["true"]
gpus = 2
[task.gpus_typed]
command = ["true"]
gpus = "h100:2"
[task.per_node]
command = ["true"]
nodes = 2
gpus_per_node = 1
[task.per_node_typed]
command = ["true"]
nodes = 2
gpus_per_node = "h100:1"
[task.per_task]
command = ["true"]
ntasks = 2
gpus_per_task = 1
[task.per_task_typed]
command = ["true"]
ntasks = 2
gpus_per_task = "h100:1"
[task.none]
command = ["true"]
T
    submit_flow
    "$SBRAID" wait
    typed='gres/gpu:h100=2,gres/gpu=2' untyped='gres/gpu=2'
    for task in gres gpus per_node per_task; do
        wait_for 60 sacct_has_end "$(job_of $task)"
        equal "$task $untyped" "$task $(tres_gpus "$(sacct_field "$(job_of $task)" ReqTRES)")"
        equal "$task $typed" "$task $(tres_gpus "$(sacct_field "$(job_of $task)" AllocTRES)")"
        wait_for 60 sacct_has_end "$(job_of ${task}_typed)"
        equal "$task $typed" "$task $(tres_gpus "$(sacct_field "$(job_of ${task}_typed)" ReqTRES)")"
        equal "$task $typed" "$task $(tres_gpus "$(sacct_field "$(job_of ${task}_typed)" AllocTRES)")"
    done
    wait_for 60 sacct_has_end "$(job_of none)"
    equal '' "$(tres_gpus "$(sacct_field "$(job_of none)" AllocTRES)")"
}

@test "40 one-GPU jobs on 16 GPUs: by the plugin's records no GPU has two jobs at a time" {
    {
        printf 'name = "crowd"\n[defaults]\ntime = "2"\nmem = "20M"\ngpus = 1\n'
        for i in {01..40}; do printf '[task.t%s]\nrun = "sleep 1"\n' "$i"; done
    } >"$SCRATCH/work/crowd.toml"
    write_flow <"$SCRATCH/work/crowd.toml"
    submit_flow
    "$SBRAID" wait
    # The helpers of the last jobs may still be at it.
    all_have_ended() { [[ $(records | jq -rs '[.[] | select(.e == "step_ended" and .step == "batch").key] | unique | length') == 40 ]]; }
    wait_for 60 all_have_ended
    state=$(records)
    # For each GPU: the life of the batch steps that had it, from their start to the end of their rank.
    intervals=$(jq -rs '
        (map(select(.e == "step_started" and .step == "batch"))) as $starts
        | (map(select(.e == "rank_ended" and .step == "batch"))) as $ends
        | $starts[] as $s | $s.gpus[] as $gpu
        | ($ends | map(select(.key == $s.key)) | first) as $e
        | "\($gpu) \($s.t) \($e.t) \($s.key)"' <<<"$state")
    equal 40 "$(wc -l <<<"$intervals")"
    equal 40 "$(awk '{ print $4 }' <<<"$intervals" | sort -u | wc -l)"
    (($(awk '{ print $1 }' <<<"$intervals" | sort -u | wc -l) <= 16))
    overlaps=$(sort -k1,1 -k2,2n <<<"$intervals" |
        awk '$1 == gpu && $2 < end { print "job " $4 " begins on " $1 " at " $2 " before " end } { gpu = $1; end = $3 }')
    equal '' "$overlaps"
}

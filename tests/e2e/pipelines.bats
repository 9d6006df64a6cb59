#!/usr/bin/env bats
# The pipelines of examples/pipelines, with their jobs scaled down to what this cluster has: Slurm takes them, and has the
# edges that the file says. Nothing starts, so that every edge can still be seen.

load lib
load flow

setup_file() {
    box_start --nodes 4 --gpus 4 --no-accounting
    scontrol update NodeName=ALL State=DRAIN Reason=test
}

# pipeline NAME [OPTION…]: submits a copy of it.
pipeline() {
    example "pipelines/$1"
    sed -i -E -e 's/^(mem|mem_per_cpu) = .*/\1 = "10M"/' -e 's/^(cpus_per_task|ntasks_per_node) = .*/\1 = 1/' \
        -e 's/^nodes = [0-9]+/nodes = 2/' -e 's/^gpus = ("mi250:8"|8)/gpus = 4/' -e 's/gpu:8/gpu:4/' ./*.toml
    "$SBRAID" check flow.toml
    submit_flow "${@:2}"
}

# Of every job: `TASK KIND:PARENT`, sorted, as scontrol tells it.
edges() {
    declare -A task_of
    while read -r task job; do task_of[$job]=$task; done < <(jq -r '.jobs[] | "\(.task) \(.job_id)"' <<<"$JOBS")
    for job in "${!task_of[@]}"; do
        scontrol --oneliner show job "$job" | grep -o ' Dependency=[^ ]*' | sort -u | sed 's/ Dependency=//' | tr ',' '\n' |
            while IFS=: read -r kind parent; do
                parent=${parent%%(*}
                parent=${parent%%+*}
                [[ $kind != '(null)' ]] || continue
                [[ -z $parent ]] || parent=:${task_of[${parent%%_*}]}
                echo "${task_of[$job]} ${kind%%(*}$parent"
            done
    done | LC_ALL=C sort -u
}

@test "pretrain: element by element, then with what is there" {
    # Of an earlier run: without one, singleton is met, and gone, when Slurm looks at it first.
    sbatch --job-name=pretrain.download --output=/dev/null --wrap=true
    pipeline pretrain
    equal "convert afterany:train
download singleton
eval afterany:convert
extract aftercorr:download
preprocess aftercorr:extract
train afterany:preprocess" "$(edges)"
    equal 10 "$(squeue --noheader --jobs="$(job_of download)" --format=%K | sed 's/.*%//')"
}

@test "languages: one pipeline, once for each" {
    pipeline languages
    expected=$(
        for copy in bert.0 bert.1 bert.2; do
            cat <<T
$copy/ner afterok:$copy/to-hf
$copy/to-hf afterok:$copy/train
$copy/tokenize afterok:$copy/tokenizer
$copy/tokenize-rest afterok:$copy/tokenizer
$copy/tokenize-val afterok:$copy/tokenizer
$copy/tokenizer afterok:$copy/shard
$copy/train afterok:$copy/tokenize
$copy/train afterok:$copy/tokenize-rest
$copy/train afterok:$copy/tokenize-val
$copy/ud afterok:$copy/to-hf
T
        done
    )
    equal "$expected" "$(edges | grep -v '^table ')"
    equal 27 "$(edges | grep -c '^table afterany:bert')"
    [[ $(squeue --noheader --format=%j) == *fi-BERT* ]]
}

@test "reasoning: services, and what waits for their start" {
    pipeline reasoning
    # The last two are the jobs that end a service: they wait for all that needs it.
    equal "evaluate after:router
evaluate afterok:train
generate after:router
pass-rate after:sandbox
pass-rate afterok:generate
router.end afterany:evaluate
router.end afterany:generate
sandbox.end afterany:pass-rate
sandbox.end afterany:train
train after:sandbox
train afterok:pass-rate" "$(edges)"
}

@test "records: arrays as long as their lists" {
    pipeline records
    equal "extract afterok:tune
outliers afterok:extract
predict afterok:outliers
tune afterok:tokenize" "$(edges)"
    equal 8 "$("$SBRAID" status --json | jq '[.tasks[] | select(.task == "extract")] | length')"
    equal gpu "$(scontrol show job "$(job_of tune)" | grep -o 'Partition=[a-z]*' | sort -u | sed 's/.*=//')"
}

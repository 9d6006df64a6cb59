#!/usr/bin/env bats
# gpu_style of the configuration: another spelling, the same job.

load lib
load flow

setup_file() { box_start --nodes 2 --gpus 4; }

setup() {
    XDG_CONFIG_HOME=$(mktemp -d "$SCRATCH/work/config.XXXXXX")
    export XDG_CONFIG_HOME
    mkdir "$XDG_CONFIG_HOME/sbraid"
}

style() { echo "gpu_style = \"$1\"" >"$XDG_CONFIG_HOME/sbraid/config.toml"; }

# What Slurm has of each task: how much of what it asks for, in any spelling.
asked() {
    local task
    for task in node typed gres whole rank; do
        echo "$task" "$(scontrol --oneliner show job "$(job_of "$task")" | tr ' ' '\n' |
            grep -E '^(TRES|ReqTRES|NumNodes|NumCPUs|NumTasks|CpusPerTres)=' | sort)"
    done
}

# The jobs are held: what they ask for is looked at, and they are cancelled. Sets ASKED and TALK.
submit_and_look() {
    submit_flow --again -v 2>talk.txt
    TALK=$(grep gpu_style: talk.txt || true)
    ASKED=$(asked)
    "$SBRAID" cancel --yes
}

@test "each style asks Slurm for the same resources" {
    write_flow <<'T'
name = "styles"
[defaults]
time = "5"
mem = "20M"
hold = true
[task.node]
run = "true"
gpus_per_node = 2
[task.typed]
run = "true"
gpus_per_node = "h100:2"
nodes = 2
[task.gres]
run = "true"
gres = "gpu:h100:3"
cpus_per_gpu = 2
[task.whole]
run = "true"
gpus = 4
nodes = 1
[task.rank]
run = "true"
gpus_per_task = 1
ntasks = 2
T
    submit_and_look
    equal '' "$TALK"
    as_written=$ASKED
    grep -q 'gres/gpu=4,gres/gpu:h100=4' <<<"$as_written"

    style gres
    submit_and_look
    equal "$as_written" "$ASKED"
    equal "sbraid: gpu_style: 'node': --gpus-per-node=2 as --gres=gpu:2
sbraid: gpu_style: 'typed': --gpus-per-node=h100:2 as --gres=gpu:h100:2
sbraid: gpu_style: 'whole': --gpus=4 as --gres=gpu:4" "$TALK"
    jq -r '.jobs[] | select(.task == "typed").options[]' .sbraid/"$RUN"/plan.json | grep -qx -- --gres=gpu:h100:2

    style gpus
    submit_and_look
    equal "$as_written" "$ASKED"
    equal "sbraid: gpu_style: 'gres': --gres=gpu:h100:3 as --gpus-per-node=h100:3" "$TALK"

    style tres
    submit_and_look
    equal "$as_written" "$ASKED"
    if sbatch --help | grep -q tres-per-task; then
        equal "sbraid: gpu_style: 'rank': --gpus-per-task=1 as --tres-per-task=gres/gpu:1" "$TALK"
    else
        [[ $TALK == *"takes Slurm 23.11, and this is "*": GPUs stay as they are written" ]]
    fi
}

# What a task and its steps see: the variables that srun reads, and the GPUs of a step that asks for one, and of one that
# asks for nothing.
seen() {
    submit_flow --again
    "$SBRAID" wait >/dev/null
    local task
    for task in node gres whole; do
        echo "$task" && cat "$task.seen"
    done
    rm -- *.seen
}

@test "with each style the task and its steps see what the file asks for" {
    write_flow <<'T'
name = "seen"
[defaults]
time = "2"
mem = "20M"
[task.node]
run = "sh look"
gpus_per_node = 4
[task.gres]
run = "sh look"
gres = "gpu:4"
[task.whole]
run = "sh look"
gpus = 4
nodes = 1
T
    cat >look <<'T'
exec >"$SBRAID_TASK.seen"
env | grep -E '^SLURM_(GPUS|GPUS_PER_NODE|GPUS_PER_TASK|GPUS_ON_NODE)=' | sort
srun -n1 --gpus=1 sh -c 'echo "one: $CUDA_VISIBLE_DEVICES"'
srun -n1 sh -c 'echo "any: $CUDA_VISIBLE_DEVICES"'
T
    as_written=$(seen)
    grep -qx SLURM_GPUS_PER_NODE=4 <<<"$as_written"
    grep -qx 'one: 0' <<<"$as_written"
    style gres
    equal "$as_written" "$(seen)"
    style gpus
    equal "$as_written" "$(seen)"
}

@test "a style that is none is an error with its place, and the environment wins over the file" {
    style cores
    write_flow <<<'name = "style"'
    printf '[task.a]\nrun = "true"\ngres = "gpu:2"\n' >>flow.toml
    run "$SBRAID" plan flow.toml
    equal 2 "$status"
    [[ $output == *"config.toml:1:1: 'gpu_style' takes gres, gpus or tres, not 'cores'"* ]]
    style gres
    SBRAID_GPU_STYLE=gpus "$SBRAID" plan flow.toml | grep -q 'gpus-per-node=2'
    "$SBRAID" plan flow.toml | grep -q 'gres=gpu:2'
}

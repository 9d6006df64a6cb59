#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2317
# How tasks are launched on a real Slurm: srun is the real one; torchrun, apptainer and mpirun are fakes (fakes/README.md)
# that show how they were called.

load lib
load flow

# KillWait as Slurm has it by default: what a rank does at SIGTERM takes some time.
setup_file() { box_start --nodes 2 --gpus 4 --no-accounting --conf KillWait=30; }

# A flow whose jobs find the fakes.
write_flow_with_fakes() {
    write_flow <<<"[defaults]
time = \"10\"
mem = \"100M\"
setup = 'PATH=$BATS_TEST_DIRNAME/fakes:\$PATH'
$(cat)"
}

log_of() { cat ".sbraid/$RUN/logs/$1"-*.out; }

exit_code_of() { "$SBRAID" status --json | jq --arg t "$1" '[.tasks[] | select(.task == $t).exit_code][0]'; }

@test "srun: the text is read once by each rank, setup once before it" {
    write_flow <<'T'
[task.ranks]
launch = "srun"
time = "2"
nodes = 2
ntasks_per_node = 2
cpus_per_task = 2
env = { GREETING = "it's $HOME" }
setup = '''
echo x >>setup.runs
export FROM_SETUP=yes
'''
run = '''
touch "rank.$SLURM_PROCID.$SLURMD_NODENAME"
if ((SLURM_PROCID == 3)); then
    printf '%s|%s|%s|%s\n' "$GREETING" "$FROM_SETUP" "$SLURM_CPUS_PER_TASK" "$SLURM_NTASKS" >said
    cat >stdin.of.3
fi
false | true && echo "never: pipefail" >wrong || true
'''
input = "given"
[task.one-a-node]
launch = "srun"
time = "2"
nodes = 2
cpus_per_task = 2
exclusive = true
command = ["bash", "-c", "echo x >>one.a.node"]
[task.no-environment]
launch = "srun"
time = "2"
export = "NONE"
nodes = 2
setup = "export FROM_SETUP=yes"
run = 'echo "$FROM_SETUP" >"exported.$SLURM_PROCID"'
T
    echo 'to all' >given
    submit_flow
    "$SBRAID" wait
    equal $'rank.0.n1\nrank.1.n1\nrank.2.n2\nrank.3.n2' "$(ls -d rank.*)"
    equal x "$(cat setup.runs)"
    equal "it's \$HOME|yes|2|4" "$(cat said)"
    equal 'to all' "$(cat stdin.of.3)"
    [[ ! -e wrong ]]
    equal $'x\nx' "$(cat one.a.node)"
    equal $'yes\nyes' "$(cat exported.0 exported.1)"
}

@test "srun: the exit code of a rank that fails is the task's, the others work on" {
    write_flow <<'T'
[defaults]
launch = "srun"
time = "2"
nodes = 2
ntasks_per_node = 2
[task.fails]
run = 'if ((SLURM_PROCID == 2)); then exit 75; fi; echo x >>worked.on'
[task.fails-alone]
env = { SLURM_KILL_BAD_EXIT = 1 }
run = 'if ((SLURM_PROCID == 2)); then exit 75; fi; sleep 1000; echo x >>never'
[task.values]
matrix = { word = ["a b", "it's"] }
run = 'echo "$SLURM_PROCID {{word}} $SBRAID_PARAM_WORD" >"value.$SLURM_ARRAY_TASK_ID.$SLURM_PROCID"'
[task.python]
shell = "/usr/bin/env python3"
setup = "export FROM_SETUP=yes"
run = '''
import os, sys
rank = os.environ["SLURM_PROCID"]
open("python." + rank, "w").write(os.environ["FROM_SETUP"] + sys.stdin.read())
'''
T
    submit_flow
    "$SBRAID" wait || equal 6 $?
    equal 'FAILED 75' "$(state_of fails) $(exit_code_of fails)"
    equal $'x\nx\nx' "$(cat worked.on)"
    equal FAILED "$(state_of fails-alone)"
    [[ ! -e never ]]
    equal COMPLETED "$(state_of values)"
    equal "3 it's it's" "$(cat value.1.3)"
    equal '0 a b a b' "$(cat value.0.0)"
    equal yesyesyesyes "$(cat python.*)"
}

@test "srun: scancel, a signal of the user and the time limit reach every rank" {
    write_flow <<'T'
[defaults]
launch = "srun"
nodes = 2
ntasks_per_node = 2
[task.cancelled]
run = '''
trap 'echo TERM >"cancelled.$SLURM_PROCID"; exit 9' TERM
touch "up.cancelled.$SLURM_PROCID"
while :; do sleep 0.1; done
'''
[task.signalled]
run = '''
trap 'echo USR2 >"signalled.$SLURM_PROCID"; exit 0' USR2
touch "up.signalled.$SLURM_PROCID"
while :; do sleep 0.1; done
'''
T
    submit_flow
    all_up() { [[ $(find . -maxdepth 1 -name 'up.*' | wc -l) == 8 ]]; }
    wait_for 60 all_up
    scancel --batch --signal=USR2 "$(job_of signalled)" # to the batch script alone, as --signal=B: does
    scancel "$(job_of cancelled)"
    "$SBRAID" wait || true
    equal $'TERM\nTERM\nTERM\nTERM' "$(cat cancelled.*)"
    equal $'USR2\nUSR2\nUSR2\nUSR2' "$(cat signalled.*)"
    equal COMPLETED "$(state_of signalled)"
    equal CANCELLED "$(state_of cancelled)"
}

@test "torchrun: one a node, with its workers, a place to meet and arguments as they stand" {
    write_flow_with_fakes <<'T'
[task.known]
launch = "torchrun"
nodes = 2
gpus_per_node = 2
run = '''
./worker.sh --name "a; b" --home '$HOME' \
    --task "$SBRAID_TASK"
'''
[task.by-nodes]
launch = "torchrun"
nodes = 2
gpus = 4
command = ["./worker.sh", "a b"]
[task.no-gpu]
launch = "torchrun"
array = "0-1"
run = "./worker.sh"
[task.fails]
launch = "torchrun"
nodes = 2
run = "./fails.sh"
T
    cat >worker.sh <<'S'
#!/bin/bash
echo "worker $RANK of $WORLD_SIZE: $*"
S
    cat >fails.sh <<'S'
#!/bin/bash
if ((RANK == 1)); then exit 7; fi
sleep 1000
S
    chmod +x worker.sh fails.sh
    submit_flow
    "$SBRAID" wait || equal 6 $?
    job=$(job_of known)
    port=$((10000 + job % 20000))
    log=$(log_of known)
    for node in n1 n2; do
        grep -qxF "fake torchrun on $node: --nnodes=2 --nproc-per-node=2 --rdzv-backend=c10d --rdzv-endpoint=n1:$port --rdzv-id=$job.0 ./worker.sh --name a; b --home \$HOME --task known" <<<"$log"
    done
    for rank in 0 1 2 3; do grep -qxF "worker $rank of 4: --name a; b --home \$HOME --task known" <<<"$log"; done
    log=$(log_of by-nodes)
    [[ $log == *'--nproc-per-node=gpu'* ]]
    equal 4 "$(grep -c '^worker .*: a b$' <<<"$log")"
    # Two elements have ids of their own: other ports, other rendezvous.
    equal 2 "$(log_of no-gpu | grep -o 'rdzv-endpoint=[^ ]*' | sort -u | wc -l)"
    equal 2 "$(log_of no-gpu | grep -o 'rdzv-id=[^ ]*' | sort -u | wc -l)"
    equal 2 "$(log_of no-gpu | grep -c 'nproc-per-node=1 ')"
    equal FAILED "$(state_of fails)"
}

@test "torchrun: a port that is taken on the first node is not taken again" {
    write_flow_with_fakes <<'T'
[task.listener]
nodelist = "n1"
run = '''
exec python3 -c '
import os, socket, time
sockets = []
for port in range(10000, 10100):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("0.0.0.0", port))
        listener.listen()
        sockets.append(listener)
    except OSError:
        pass
open("listening", "w").close()
while not os.path.exists("done"):
    time.sleep(0.1)
'
'''
[task.wait]
run = "until [[ -e listening ]]; do sleep 0.1; done"
[task.train]
afterok = ["wait"]
launch = "torchrun"
nodelist = "n1"
run = "./worker.sh"
T
    cat >worker.sh <<'S'
#!/bin/bash
touch done
S
    chmod +x worker.sh
    submit_flow
    "$SBRAID" wait
    port=$(log_of train | grep -o 'rdzv-endpoint=n1:[0-9]*')
    ((${port##*:} >= 10100)) || { echo "port $port"; false; }
}

@test "apptainer (a fake): the command line, the environment, GPUs and mounts" {
    write_flow_with_fakes <<'T'
[task.alone]
apptainer = "image one.sif"
container_mounts = ["/data:/in:ro", "models:/models"]
gpus_per_node = 1
env = { WORD = "a 'b" }
run = 'echo "in $SBRAID_FAKE_IMAGE: $WORD $PWD"; exit 4'
[task.ranks]
launch = "srun"
nodes = 2
apptainer = "image.sif"
run = 'echo "rank $SLURM_PROCID in $SBRAID_FAKE_IMAGE"'
[task.mpi]
launch = "mpirun"
ntasks = 2
cpus_per_task = 3
apptainer = "image.sif"
run = 'echo one; '
[task.torch]
launch = "torchrun"
nodes = 2
apptainer = "image.sif"
command = ["echo", "worker"]
T
    submit_flow
    "$SBRAID" wait || equal 6 $?
    equal "fake apptainer: <exec> <--nv> <--bind=/data:/in:ro,$FLOW/models:/models> <image one.sif> <env> <WORD=a 'b> </bin/bash> <-eo> <pipefail> <-c> <eval \"\$SBRAID_TEXT\">" \
        "$(log_of alone | head -n 1)"
    equal "in image one.sif: a 'b $FLOW" "$(log_of alone | tail -n 1)"
    equal 'FAILED 4' "$(state_of alone) $(exit_code_of alone)"
    equal $'rank 0 in image.sif\nrank 1 in image.sif' "$(log_of ranks | grep ^rank | sort)"
    equal 'fake mpirun: --map-by slot:PE=3 --bind-to core apptainer exec image.sif echo one' "$(log_of mpi | head -n 1)"
    equal one "$(log_of mpi | tail -n 1)"
    equal 2 "$(log_of torch | grep -c '^fake apptainer: <exec> <image.sif> <torchrun>')"
    equal 2 "$(log_of torch | grep -cx worker)"
}

@test "on_dead_dependency decides for its task, whatever the site has" {
    write_flow <<'T'
[defaults]
time = "2"
[task.fails]
run = "exit 1"
[task.dropped]
afterok = ["fails"]
on_dead_dependency = "cancel"
run = "true"
[task.kept]
afterok = ["fails"]
on_dead_dependency = "keep"
run = "touch kept.ran"
T
    SBRAID_KILL_INVALID_DEP=no submit_flow
    is_state() { [[ $(state_of "$1") == "$2" ]]; }
    wait_for 60 is_state fails FAILED
    wait_for 60 is_state dropped SKIPPED
    equal PENDING "$(state_of kept)"
    kept=$(job_of kept)
    equal PENDING "$(job_field "$kept" JobState)"
    # Its user gives it another dependency.
    scontrol update "JobId=$kept" Dependency=
    "$SBRAID" wait || equal 6 $?
    equal COMPLETED "$(state_of kept)"
    [[ -e kept.ran ]]
}

@test "multinode, the example: what its two launchers did (torchrun is a fake)" {
    example multinode
    sed -i "s|^\[task.train\]|&\nsetup = 'PATH=$BATS_TEST_DIRNAME/fakes:\$PATH'|" flow.toml
    submit_flow
    "$SBRAID" wait
    for task in prepare train evaluate summary; do equal "$task COMPLETED" "$task $(state_of "$task")"; done
    for rank in 0 1 2 3; do
        grep -q "^worker $rank of 4, number $((rank % 2)) of its node, trains with lr 0.0001$" <<<"$(log_of summary)"
        grep -q "^part $rank is right$" <<<"$(log_of summary)"
    done
    grep -qE '^rank 3 of 4 meets the others at n1:[0-9]+$' <<<"$(log_of evaluate)"
}

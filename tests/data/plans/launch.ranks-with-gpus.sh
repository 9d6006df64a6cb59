#!/bin/bash
# Task 'ranks-with-gpus' of run flow-20260101T000000-5f3a9c, from flow.toml line 13.
# What is not in run_task() takes notes, and changes neither the task's input and output, its
# signals, nor its exit code. Written by sbraid VERSION and submitted with
#   sbatch --chdir=/home/ada/flow --gpus-per-node=4 --job-name=launch.ranks-with-gpus --nodes=2 --ntasks-per-node=4
#       --open-mode=append
#       --output=/home/ada/flow/.sbraid/flow-20260101T000000-5f3a9c/logs/ranks-with-gpus-%A_%a.out --array=0-1

set_values() { # of this element of the matrix
    local element=$((SLURM_ARRAY_TASK_ID))
    local lr_values=(1e-4 3e-4)
    export SBRAID_PARAM_LR=${lr_values[element % 2]}
}
set_values

run_task() {
    trap - HUP INT QUIT ALRM TERM USR1 USR2
    # Where the ranks meet: the first node, and a port there that is free.
    MASTER_ADDR=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
    MASTER_PORT=$((10000 + SLURM_JOB_ID % 20000))
    while (: <"/dev/tcp/127.0.0.1/$MASTER_PORT") 2>/dev/null; do MASTER_PORT=$((MASTER_PORT + 1)); done
    export MASTER_ADDR MASTER_PORT
    export OMP_NUM_THREADS=8
    SBRAID_TEXT=$(<"/proc/$$/fd/9")
    export SBRAID_TEXT
    exec /bin/bash -eo pipefail "/proc/$$/fd/8"
}
exec 8<<'SBRAID_SETUP'
module load cuda
exec srun --export=ALL /bin/bash -eo pipefail -c 'eval "$SBRAID_TEXT"'
SBRAID_SETUP
open_text() { # with the values in their places
    local text
    IFS= read -rd '' text
    text=${text//'{{lr}}'/"$SBRAID_PARAM_LR"}
    exec 9<<<"${text%$'\n'}"
}
open_text <<'SBRAID_TEXT'
python train.py --lr {{lr}}
SBRAID_TEXT

export SBRAID_RUN=flow-20260101T000000-5f3a9c SBRAID_TASK=ranks-with-gpus
export SBRAID_RUN_DIR=/home/ada/flow/.sbraid/flow-20260101T000000-5f3a9c

# Slurm may have two jobs for this task, or one of a run that was taken back (an answer that came late): the one
# that state.jsonl does not know leaves.
is_superfluous() (
    job=${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}
    known() (
        set -o pipefail
        timeout 10 grep -hsF -e '"e":"job_submitted","job":"ranks-with-gpus",' -e '"e":"rollback_started"' -e '"e":"run_taken_back"' \
            "$@" | grep -oE '"id":[0-9]*,|rollback_started|run_taken_back'
    ) 2>/dev/null
    is_another() { ids=$(known "$SBRAID_RUN_DIR/state.jsonl") && [[ $ids != *":$job,"* ]]; }
    # Twice, because records move from state.d/ to state.jsonl.
    if [[ $job ]] && is_another && ! known "$SBRAID_RUN_DIR"/state.d/*.jsonl | grep -q ":$job," && is_another; then
        echo "sbraid: job $job leaves with exit code 79: task 'ranks-with-gpus' of run $SBRAID_RUN is another job, or taken back (${ids//$'\n'/ })"
        exit 0
    fi
    exit 1
)
if is_superfluous; then exit 79; fi # not 0: what has not run must never look COMPLETED

# One record for the start and one for the end of each attempt, in a file that only this attempt writes.
note() ( # NUMBER EVENT MEMBERS; no trouble in here is the task's trouble
    trap '' HUP INT QUIT ALRM TERM USR1 USR2
    job=${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID} restart=${SLURM_RESTART_COUNT:-0}
    [[ $job ]] || exit
    key=$job${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID} writer=batch.$key.$restart
    line='{"v":1,"w":"'$writer'","n":'$1',"t":'$(date +%s.%3N)',"e":"'$2'","key":"'$key'","job":"ranks-with-gpus","restart":'$restart,$3
    sum=$(printf %s "$line" | cksum)
    printf '%s,"sum":%s}\n' "$line" "${sum%% *}" | tee -a "$SBRAID_RUN_DIR/state.d/$writer.jsonl"
) >/dev/null 2>&1

pass_signals_on() {
    local signal
    SBRAID_GOT=
    for signal in HUP INT QUIT ALRM TERM USR1 USR2; do
        # shellcheck disable=SC2064
        trap "kill -s $signal \"\${SBRAID_CHILD:-\$!}\"; SBRAID_GOT=$signal" "$signal" # scancel and time limits signal the batch shell alone
    done
}
trap '' TERM # until the task is there to get it
exec 7< <(note 1 attempt_started '"node":"'"$SLURMD_NODENAME"'"'; echo)
pass_signals_on
run_task <&0 7<&- 8<&- 9<&- &
SBRAID_CHILD=$!
{ wait "$SBRAID_CHILD"; while kill -0 "$SBRAID_CHILD"; do wait "$SBRAID_CHILD"; done; wait "$SBRAID_CHILD"; code=$?; } 2>/dev/null
# bash can forget how a child ended at the very moment of a signal: it says -1 or 127 then
if [[ $SBRAID_GOT && $code =~ ^(-1|127)$ ]]; then code=$((128 + $(kill -l "$SBRAID_GOT"))); fi
read -rt 10 -u 7
read -rt 10 < <(note 2 attempt_ended '"exit_code":'"$code"; echo)
exit "$code"

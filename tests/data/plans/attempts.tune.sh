#!/bin/bash
# Task 'tune' of run flow-20260101T000000-5f3a9c, from flow.toml line 27.
# What is not in run_task() takes notes, and changes neither the task's input and output, its
# signals, nor its exit code. Written by sbraid VERSION and submitted with
#   sbatch --chdir=/home/ada/flow --job-name=attempts.tune --open-mode=append
#       --output=/home/ada/flow/.sbraid/flow-20260101T000000-5f3a9c/logs/tune-%j.out --requeue --signal=B:USR1@300
#       --time=04:00:00 --dependency=afterok:train

SBRAID_STOP=
trap SBRAID_STOP=yes USR1 # so early it may come

run_task() {
    trap - HUP INT QUIT ALRM TERM USR1 USR2
    exec /bin/bash -eo pipefail "/proc/$$/fd/9"
}
exec 9<<'SBRAID_TEXT'
trap : USR1 # this shell waits for what its commands make of it
module load cuda
python tune.py
SBRAID_TEXT

export SBRAID_RUN=flow-20260101T000000-5f3a9c SBRAID_TASK=tune
export SBRAID_RUN_DIR=/home/ada/flow/.sbraid/flow-20260101T000000-5f3a9c
export SBRAID_DONE_FILE=$SBRAID_RUN_DIR/state.d/done.${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}

# Slurm may have two jobs for this task, or one of a run that was taken back (an answer that came late): the one
# that state.jsonl does not know leaves.
is_superfluous() (
    job=${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}
    known() (
        set -o pipefail
        timeout 10 grep -hsF -e '"e":"job_submitted","job":"tune",' -e '"e":"rollback_started"' -e '"e":"run_taken_back"' \
            "$@" | grep -oE '"id":[0-9]*,|rollback_started|run_taken_back'
    ) 2>/dev/null
    is_another() { ids=$(known "$SBRAID_RUN_DIR/state.jsonl") && [[ $ids != *":$job,"* ]]; }
    # Twice, because records move from state.d/ to state.jsonl.
    if [[ $job ]] && is_another && ! known "$SBRAID_RUN_DIR"/state.d/*.jsonl | grep -q ":$job," && is_another; then
        echo "sbraid: job $job leaves with exit code 79: task 'tune' of run $SBRAID_RUN is another job, or taken back (${ids//$'\n'/ })"
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
    line='{"v":1,"w":"'$writer'","n":'$1',"t":'$(date +%s.%3N)',"e":"'$2'","key":"'$key'","job":"tune","restart":'$restart,$3
    sum=$(printf %s "$line" | cksum)
    printf '%s,"sum":%s}\n' "$line" "${sum%% *}" | tee -a "$SBRAID_RUN_DIR/state.d/$writer.jsonl"
) >/dev/null 2>&1

why() ( # the member of a record that says it, if there is something to say
    LC_ALL=C
    text=${SBRAID_WHY:0:1500}
    ((${#SBRAID_WHY} <= 1500)) || text="${text% *} …"
    text=${text//[[:cntrl:]]/?}
    text=${text//\\/\\\\}
    text=${text//\"/\\\"}
    printf %s "${text:+,\"why\":\"$text\"}"
)

# The job tries again by itself: a requeue keeps its id, so that what waits for it goes on waiting. For each time there is
# a line in $SBRAID_TRIES, because SLURM_RESTART_COUNT counts preemptions and failed nodes too.
SBRAID_KEY=${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}
SBRAID_TRIES=$SBRAID_RUN_DIR/state.d/tries.$SBRAID_KEY

own_state() { # as in "RUNNING None": Slurm's state of this job, and the reason; PREEMPTED when it is about to be
    local try text
    type -P scontrol >/dev/null || return
    for try in {1..60}; do # slurmctld may be away for some minutes
        ((try == 1)) || sleep 5
        text=$(scontrol --oneliner show job "$SBRAID_KEY" 2>/dev/null) || continue
        if [[ $text =~ \ PreemptTime=[0-9] ]]; then
            echo PREEMPTED
            return
        elif [[ $text =~ \ JobState=([A-Z_]+)\ Reason=([^ ]+) ]]; then
            echo "${BASH_REMATCH[1]} ${BASH_REMATCH[2]}"
            return
        fi
    done
}

may_try_again() { # retry|continue MOST WHY STATE: whether it may, if that is the job's state; counts it, and says so
    local state times
    state=$(own_state)
    if [[ ! $state ]]; then
        echo "sbraid: task '$SBRAID_TASK' $3, and $1 is not possible: scontrol is not there, or has no answer"
        return 1
    fi
    if [[ $state == PREEMPTED ]]; then
        echo "sbraid: task '$SBRAID_TASK' $3, because Slurm preempts it: that is no attempt"
        # Slurm requeues what is still there at the end of the time of grace. From 24.05 on also what ends before, and it has
        # to: what waits is requeued a second time, after its next end, because GRACE_PREEMPT stays set.
        [[ $(scontrol --version) =~ \ ([0-9]+)\.([0-9]+) ]]
        ((10#${BASH_REMATCH[1]:-0}${BASH_REMATCH[2]} < 2405)) || exit 143
        exec sleep infinity
    fi
    # Any other state is somebody's will: the job was cancelled, or is being moved.
    # shellcheck disable=SC2053 # it is a pattern
    [[ $state == $4 ]] || return
    times=$(grep -cs "^$1" "$SBRAID_TRIES")
    if ((times >= $2)); then
        echo "sbraid: task '$SBRAID_TASK' $3; $1.max = $2 is used up"
        SBRAID_WHY="${SBRAID_WHY:-$3}; $1.max = $2 is used up"
        return 1
    fi
    if ! { echo "$1: $3" >>"$SBRAID_TRIES"; } 2>/dev/null; then
        echo "sbraid: task '$SBRAID_TASK' $3, and $1 is not possible: $SBRAID_TRIES cannot be written"
        return 1
    fi
    echo "sbraid: -------- task '$SBRAID_TASK' $3: $1 $((times + 1)) of $2 --------"
}

requeue() { # retry|continue: does not return, unless Slurm refuses
    local answer
    SBRAID_GOT=
    trap SBRAID_GOT=TERM TERM # that is Slurm now, which ends what it has requeued
    answer=$(trap '' TERM; exec scontrol requeue "$SBRAID_KEY" 2>&1) || {
        echo "sbraid: Slurm does not requeue it: $answer"
        return 1
    }
    read -rt 10 -u 7
    read -rt 10 < <(note 2 attempt_ended '"exit_code":'"${code:-143}"',"again":true'; echo)
    [[ ! $SBRAID_GOT ]] || exit 143
    exec sleep infinity # an end of its own could look like success
}

# shellcheck disable=SC2317 # a trap calls it
at_time_limit() { # SIGTERM has come, for that or for something else
    [[ ! -e $SBRAID_DONE_FILE ]] &&
        may_try_again continue 5 'reached its time limit' 'COMPLETING TimeLimit' && requeue continue
}

go_on() { # it was told to stop: either it is done, or this is not its end
    while kill -0 -- "-$SBRAID_CHILD"; do sleep 1; done 2>/dev/null # what it has started may still be writing
    if [[ -e $SBRAID_DONE_FILE ]]; then
        code=0
    else
        may_try_again continue 5 'is not done yet' 'RUNNING *' && requeue continue
        ((code)) || code=1
    fi
}

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
trap 'kill -s TERM "$SBRAID_CHILD"; SBRAID_GOT=TERM; at_time_limit' TERM
trap '[[ ! $SBRAID_CHILD ]] || kill -s USR1 -- "-$SBRAID_CHILD"; SBRAID_GOT=USR1 SBRAID_STOP=yes' USR1
if [[ $SBRAID_STOP ]]; then run_task() { exit 1; }; fi # it has come already: too late to begin
set -m # a process group of its own, all of which gets the signal
run_task <&0 7<&- 8<&- 9<&- &
SBRAID_CHILD=$!
set +m
{ wait "$SBRAID_CHILD"; while kill -0 "$SBRAID_CHILD"; do wait "$SBRAID_CHILD"; done; wait "$SBRAID_CHILD"; code=$?; } 2>/dev/null
# bash can forget how a child ended at the very moment of a signal: it says -1 or 127 then
if [[ $SBRAID_GOT && $code =~ ^(-1|127)$ ]]; then code=$((128 + $(kill -l "$SBRAID_GOT"))); fi
if [[ $SBRAID_STOP ]]; then go_on; fi
read -rt 10 -u 7
read -rt 10 < <(note 2 attempt_ended '"exit_code":'"$code$(why)"; echo)
exit "$code"

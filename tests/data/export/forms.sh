#!/bin/bash
# Workflow 'forms', from flow.toml: jobs for Slurm. Written by sbraid 0.1.0, and needs nothing of it.
#
# Jobs go parents first. What could start at once is held until all are in; when Slurm refuses one, those
# that are in are cancelled again. Each is told in a line: its id and its name.
# From the environment of whoever exported it: SBATCH_ACCOUNT=physics
set -euo pipefail

dir=${FLOW_DIR:-/flows} # where the workflow's own paths start
logs=${FLOW_LOGS:-logs}
dir=$(cd -- "$dir" && pwd)
mkdir -p -- "$logs"
logs=$(cd -- "$logs" && pwd)
mkdir -p -- "$dir/out"
mkdir -p -- /tmp

# In a job there are dozens of variables that would steer sbatch.
for name in $(compgen -e); do
    case $name in
    SLURM_CONF | SLURM_CONF_SERVER | SLURM_JWT) ;;
    SLURM_* | SBATCH_* | SCANCEL_* | SCONTROL_* | PMI*) unset "$name" ;;
    esac
done

declare -A id # job ids by name
ids=()        # and in order

control() { # hold|release ID...: a thousand at a time
    local what=$1 IFS=,
    shift
    while (($#)); do
        scontrol "$what" "${*:1:1000}" || return
        shift $(($# < 1000 ? $# : 1000))
    done
}

take_back() { # WHY: cancels what is in, and ends
    trap '' HUP INT TERM
    echo "$1: cancelling the ${#ids[@]} jobs that are in" >&2
    ((${#ids[@]})) || exit 1
    control hold "${ids[@]}" || true # so that none starts because another is gone
    printf '%s\n' "${ids[@]}" | xargs -n 1000 scancel
    exit 1
}
trap 'take_back interrupted' HUP INT TERM

submit() { # NAME OPTION...: the batch script is on standard input
    local name=$1 answer
    shift
    answer=$(trap '' HUP INT TERM; exec sbatch --parsable "$@") || take_back "Slurm refuses '$name'"
    id[$name]=${answer%%;*}
    ids+=("${id[$name]}")
    echo "${id[$name]} $name"
}

submit text --account=physics --chdir="$dir" --job-name=forms.text --output="$dir/out/%x-%j.txt" --time=5 \
    --hold '--comment=for the paper' <<'END_OF_JOB'
#!/bin/bash
set -eo pipefail
export GREETING='it'\''s'
echo $GREETING
END_OF_JOB

submit sh --account=physics --chdir="$dir" --job-name=forms.sh --open-mode=append --output="$logs/sh-%j.out" \
    --time=5 --hold <<'END_OF_JOB'
#!/bin/sh
export GREETING='it'\''s'
module load gcc
echo \$HOME
END_OF_JOB

submit login --account=physics --chdir="$dir" --job-name=forms.login --open-mode=append \
    --output="$logs/login-%j.out" --time=5 --hold <<'END_OF_JOB_2'
#!/bin/bash -l
export GREETING='it'\''s'
echo END_OF_JOB
END_OF_JOB_2

submit python --account=physics --chdir="$dir" --job-name=forms.python --open-mode=append \
    --output="$logs/python-%j.out" --time=5 --hold <<'END_OF_JOB'
#!/bin/bash

run_task() {
    trap - HUP INT QUIT ALRM TERM USR1 USR2
    export GREETING='it'\''s'
    exec python3 -u "/proc/$$/fd/9"
}
exec 9<<'SBRAID_TEXT'
print('hello')
SBRAID_TEXT

pass_signals_on() {
    local signal
    SBRAID_GOT=
    for signal in HUP INT QUIT ALRM TERM USR1 USR2; do
        # shellcheck disable=SC2064
        trap "kill -s $signal \"\${SBRAID_CHILD:-\$!}\"; SBRAID_GOT=$signal" "$signal" # scancel and time limits signal the batch shell alone
    done
}
trap '' TERM # until the task is there to get it
pass_signals_on
run_task <&0 7<&- 8<&- 9<&- &
SBRAID_CHILD=$!
{ wait "$SBRAID_CHILD"; while kill -0 "$SBRAID_CHILD"; do wait "$SBRAID_CHILD"; done; wait "$SBRAID_CHILD"; code=$?; } 2>/dev/null
# bash can forget how a child ended at the very moment of a signal: it says -1 or 127 then
if [[ $SBRAID_GOT && $code =~ ^(-1|127)$ ]]; then code=$((128 + $(kill -l "$SBRAID_GOT"))); fi
exit "$code"
END_OF_JOB

submit command --account=physics --chdir="$dir" --job-name=forms.command --open-mode=append \
    --output="$logs/command-%j.out" --time=5 --hold <<'END_OF_JOB'
#!/bin/bash
export GREETING='it'\''s'
set -eo pipefail
module load gcc
exec printf '%s
' 'a b'
END_OF_JOB

submit wrapped --account=physics --chdir="$dir" --open-mode=append --output="$logs/wrapped-%j.out" --time=5 \
    --hold <<'END_OF_JOB'
#!/bin/bash -u
#SBATCH --nodes=2
#SBATCH -J old

# what it does
export GREETING='it'\''s'
echo "$@"
END_OF_JOB

submit arguments --account=physics --chdir="$dir/data" --error=/tmp/err.txt --open-mode=append \
    --output="$logs/arguments-%j.out" --time=5 --hold <<'END_OF_JOB'
#!/bin/bash -u
#SBATCH --nodes=2
#SBATCH -J old

# what it does
export GREETING='it'\''s'
set -- --steps '1 000'
echo "$@"
END_OF_JOB

submit sweep --account=physics --chdir="$dir" --job-name=forms.sweep --open-mode=append \
    --output="$logs/sweep-%A_%a.out" --time=5 --array=0-3 --hold <<'END_OF_JOB'
#!/bin/bash
set -eo pipefail
set_values() { # of this element of the matrix
    local element=$((SLURM_ARRAY_TASK_ID))
    local lr_values=(1e-4 3e-4)
    local seed_values=(1 2)
    export SBRAID_PARAM_LR=${lr_values[element / 2 % 2]} SBRAID_PARAM_SEED=${seed_values[element % 2]}
}
set_values
export GREETING='it'\''s'
echo $SBRAID_PARAM_LR $SBRAID_PARAM_SEED
END_OF_JOB

submit cut.1 --account=physics --chdir="$dir" --job-name=forms.cut.1 --open-mode=append \
    --output="$logs/cut.1-%A_%a.out" --time=5 --array=0-10%2 --hold <<'END_OF_JOB'
#!/bin/bash
set -eo pipefail
# This job is a part of the task's array: the numbers of the whole.
export SLURM_ARRAY_TASK_ID=$((SLURM_ARRAY_TASK_ID + 0)) SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=24 SLURM_ARRAY_TASK_COUNT=25
export GREETING='it'\''s'
echo $SLURM_ARRAY_TASK_ID
END_OF_JOB

submit cut.2 --account=physics --chdir="$dir" --job-name=forms.cut.2 --open-mode=append \
    --output="$logs/cut.2-%A_%a.out" --time=5 --array=0-10%2 --hold <<'END_OF_JOB'
#!/bin/bash
set -eo pipefail
# This job is a part of the task's array: the numbers of the whole.
export SLURM_ARRAY_TASK_ID=$((SLURM_ARRAY_TASK_ID + 11)) SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=24 SLURM_ARRAY_TASK_COUNT=25
export GREETING='it'\''s'
echo $SLURM_ARRAY_TASK_ID
END_OF_JOB

submit cut.3 --account=physics --chdir="$dir" --job-name=forms.cut.3 --open-mode=append \
    --output="$logs/cut.3-%A_%a.out" --time=5 --array=0-2%1 --hold <<'END_OF_JOB'
#!/bin/bash
set -eo pipefail
# This job is a part of the task's array: the numbers of the whole.
export SLURM_ARRAY_TASK_ID=$((SLURM_ARRAY_TASK_ID + 22)) SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=24 SLURM_ARRAY_TASK_COUNT=25
export GREETING='it'\''s'
echo $SLURM_ARRAY_TASK_ID
END_OF_JOB

submit braces --account=physics --chdir="$dir" --job-name=forms.braces --open-mode=append \
    --output="$logs/braces-%A_%a.out" --time=5 --array=0-3 --dependency="aftercorr:${id[sweep]}" \
    --kill-on-invalid-dep=yes <<'END_OF_JOB'
#!/bin/bash

set_values() { # of this element of the matrix
    local element=$((SLURM_ARRAY_TASK_ID))
    local lr_values=(1e-4 3e-4)
    local seed_values=(1 2)
    export SBRAID_PARAM_LR=${lr_values[element / 2 % 2]} SBRAID_PARAM_SEED=${seed_values[element % 2]}
}
set_values

run_task() {
    trap - HUP INT QUIT ALRM TERM USR1 USR2
    export GREETING='it'\''s'
    exec /bin/bash -eo pipefail "/proc/$$/fd/9"
}
open_text() { # with the values in their places
    local text
    IFS= read -rd '' text
    text=${text//'{{lr}}'/"$SBRAID_PARAM_LR"}
    text=${text//'{{seed}}'/"$SBRAID_PARAM_SEED"}
    exec 9<<<"${text%$'\n'}"
}
open_text <<'SBRAID_TEXT'
echo {{lr}} {{seed}}
SBRAID_TEXT

pass_signals_on() {
    local signal
    SBRAID_GOT=
    for signal in HUP INT QUIT ALRM TERM USR1 USR2; do
        # shellcheck disable=SC2064
        trap "kill -s $signal \"\${SBRAID_CHILD:-\$!}\"; SBRAID_GOT=$signal" "$signal" # scancel and time limits signal the batch shell alone
    done
}
trap '' TERM # until the task is there to get it
pass_signals_on
run_task <&0 7<&- 8<&- 9<&- &
SBRAID_CHILD=$!
{ wait "$SBRAID_CHILD"; while kill -0 "$SBRAID_CHILD"; do wait "$SBRAID_CHILD"; done; wait "$SBRAID_CHILD"; code=$?; } 2>/dev/null
# bash can forget how a child ended at the very moment of a signal: it says -1 or 127 then
if [[ $SBRAID_GOT && $code =~ ^(-1|127)$ ]]; then code=$((128 + $(kill -l "$SBRAID_GOT"))); fi
exit "$code"
END_OF_JOB

submit evaluate --account=physics --chdir="$dir" --job-name=forms.evaluate --open-mode=append \
    --output="$logs/evaluate-%A_%a.out" --time=5 --array=0-3 --dependency="aftercorr:${id[sweep]}" \
    --kill-on-invalid-dep=yes <<'END_OF_JOB'
#!/bin/bash
set_values() { # of this element of the matrix
    local element=$((SLURM_ARRAY_TASK_ID))
    local lr_values=(1e-4 3e-4)
    local seed_values=(1 2)
    export SBRAID_PARAM_LR=${lr_values[element / 2 % 2]} SBRAID_PARAM_SEED=${seed_values[element % 2]}
}
set_values
export GREETING='it'\''s'
exec echo lr="$SBRAID_PARAM_LR"
END_OF_JOB

trap - HUP INT TERM
held=("${id[sweep]}" "${id[text]}" "${id[sh]}" "${id[login]}" "${id[python]}" "${id[wrapped]}"
    "${id[arguments]}" "${id[cut.1]}" "${id[cut.2]}" "${id[cut.3]}")
control release "${held[@]}" || {
    echo "all jobs are in, and some still held: 'scontrol release ID' lets them start" >&2
    exit 1
}

#!/bin/bash
# Workflow 'edges', from flow.toml: jobs for Slurm. Written by sbraid 0.1.0, and needs nothing of it.
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
        scontrol --clusters=hpc2 "$what" "${*:1:1000}" || return
        shift $(($# < 1000 ? $# : 1000))
    done
}

take_back() { # WHY: cancels what is in, and ends
    trap '' HUP INT TERM
    echo "$1: cancelling the ${#ids[@]} jobs that are in" >&2
    ((${#ids[@]})) || exit 1
    control hold "${ids[@]}" || true # so that none starts because another is gone
    printf '%s\n' "${ids[@]}" | xargs -n 1000 scancel --clusters=hpc2
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

submit a --account=physics --chdir="$dir" --clusters=hpc2 --job-name=edges.a --open-mode=append \
    --output="$logs/a-%j.out" --time=10 --hold <<'END_OF_JOB'
#!/bin/bash
set -eo pipefail
true
END_OF_JOB

submit b --account=physics --chdir="$dir" --clusters=hpc2 --job-name=edges.b --open-mode=append \
    --output="$logs/b-%j.out" --priority=1000 --time=20 --hold <<'END_OF_JOB'
#!/bin/bash
set -eo pipefail
true
END_OF_JOB

submit c --account=physics --chdir="$dir" --clusters=hpc2 --job-name=edges.c --open-mode=append \
    --output="$logs/c-%A_%a.out" --time=30 --array=0-3 --hold <<'END_OF_JOB'
#!/bin/bash
set -eo pipefail
true
END_OF_JOB

submit child --account=physics --chdir="$dir" --clusters=hpc2 --job-name=edges.child --open-mode=append \
    --output="$logs/child-%j.out" --time=10 \
    --dependency="afterok:${id[a]}:${id[b]},afterany:${id[c]}_2,after:${id[a]}+5:77" --kill-on-invalid-dep=yes <<'END_OF_JOB'
#!/bin/bash
set -eo pipefail
true
END_OF_JOB

submit mixed.gate1 --chdir=/ --clusters=hpc2 --cpus-per-task=1 --job-name=edges.mixed.gate1 --mem=64M \
    --nodes=1 --ntasks=1 --output=/dev/null --time=1 --partition=cpu \
    --dependency="afterok:${id[a]}?afternotok:${id[b]}" --kill-on-invalid-dep=yes <<'END_OF_JOB'
#!/bin/sh
# A gate: that it ends well says that this is met: afterok:a?afternotok:b
exit 0
END_OF_JOB

submit any --account=physics --chdir="$dir" --clusters=hpc2 --job-name=edges.any --open-mode=append \
    --output="$logs/any-%j.out" --time=10 --dependency="afterok:${id[a]}?afterok:${id[b]}" \
    --kill-on-invalid-dep=yes <<'END_OF_JOB'
#!/bin/bash
set -eo pipefail
true
END_OF_JOB

submit mixed --account=physics --chdir="$dir" --clusters=hpc2 --job-name=edges.mixed --open-mode=append \
    --output="$logs/mixed-%j.out" --time=10 --dependency="afterok:${id[c]}:${id[mixed.gate1]},singleton" \
    --kill-on-invalid-dep=yes <<'END_OF_JOB'
#!/bin/bash
set -eo pipefail
true
END_OF_JOB

submit report --account=physics --chdir="$dir" --clusters=hpc2 --job-name=edges.report --open-mode=append \
    --output="$logs/report-%j.out" --time=1 \
    --dependency="afterany:${id[a]}:${id[b]}:${id[c]}:${id[child]}:${id[mixed]}:${id[any]}" <<'END_OF_JOB'
#!/bin/bash
set -eo pipefail
true
END_OF_JOB

trap - HUP INT TERM
held=("${id[c]}" "${id[b]}" "${id[a]}")
control release "${held[@]}" || {
    echo "all jobs are in, and some still held: 'scontrol release ID' lets them start" >&2
    exit 1
}
scontrol --clusters=hpc2 update JobId="${id[b]}" Priority=1000

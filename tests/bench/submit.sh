#!/bin/bash
# Submits N tasks, of which each waits for one of the first hundredth (or ROOTS=all: none waits), by `sbraid submit` (by
# libslurm and by sbatch), by a shell loop of `sbatch`, and by a bare loop of slurm_submit_batch_job on as many connections,
# in interleaved rounds, on a private Slurm; prints the rate of each and the ratios. What waits for nothing is held until all
# is in, and costs a second call. The loops submit no dependencies. The shell loop and `sbraid submit --backend sbatch` submit
# at most 1,000: they are slow and linear.
# usage: submit.sh [TASKS] [ROUNDS] [CONNECTIONS]
set -euo pipefail
tasks=${1:-1000} rounds=${2:-3} connections=${3:-4}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$(cd "${SBRAID_BUILD:-$here/build}" && pwd)
box=$(mktemp -d)
export SLURM_BOX_DIR=$box/slurm
trap '"$here/packaging/slurm-box" stop >&2; rm -rf "$box"' EXIT
"$here/packaging/slurm-box" start --nodes 1 --gpus 0 --no-accounting >&2
eval "$("$here/packaging/slurm-box" env)"
scontrol update NodeName=n1 State=DRAIN Reason=bench # nothing starts: submission alone is measured

few=$((tasks < 1000 ? tasks : 1000))
flow() { # flow TASKS >FILE
    local i roots=$(($1 < 100 ? 1 : $1 / 100))
    [[ ${ROOTS:-} != all ]] || roots=$1
    printf 'name = "bench"\n[defaults]\ntime = "1"\nmem = "10M"\n'
    for ((i = 0; i < $1; i++)); do
        printf '[task.t%05d]\nrun = "true"\n' "$i"
        ((i < roots)) || printf 'afterok = ["t%05d"]\n' $((i % roots))
    done
}
flow "$tasks" >"$box/all.toml"
flow "$few" >"$box/few.toml"

now() { date +%s.%N; }
rate() { awk -v a="$1" -v b="$2" -v n="$3" 'BEGIN { printf "%.0f", n / (b - a) }'; }
empty_queue() { # and the controller's table of jobs, so that each way finds the same
    scancel --me --quiet || true
    until [[ -z $(squeue --me --noheader) ]]; do sleep 0.5; done
}
# Each submission has a folder of its own, and nothing is removed: where many files were removed just now, ext4 is slow to
# make others.
submitted() { # submitted BACKEND FILE TASKS: the rate
    local a b dir=$box/$round-$1
    mkdir "$dir"
    a=$(now)
    "$build/bin/sbraid" submit --backend "$1" --connections "$connections" --again --run-dir "$dir" "$box/$2.toml" >/dev/null
    b=$(now)
    [[ $(squeue --me --noheader -r | wc -l) == "$3" ]] || { echo "not all were submitted" >&2; exit 1; }
    rate "$a" "$b" "$3"
}

for ((round = 1; round <= rounds; round++)); do
    library=$(submitted libslurm all "$tasks")
    script=$(find "$box/$round-libslurm" -path '*/scripts/*' -print -quit)
    empty_queue
    bare=$("$build/bin/bare_submit" "$tasks" "$connections" "$script")
    empty_queue
    commands=$(submitted sbatch few "$few")
    empty_queue
    a=$(now)
    for ((i = 0; i < few; i++)); do sbatch --parsable --time=1 --mem=10M --output=/dev/null "$script" >/dev/null; done
    loop=$(rate "$a" "$(now)" "$few")
    empty_queue
    awk -v r="$round" -v l="$library" -v b="$bare" -v c="$commands" -v s="$loop" 'BEGIN {
        printf "round %d: libslurm %d tasks/s, %.2f of the bare loop (%d), %.1f x the shell loop (%d); by sbatch %d, %.1f x\n",
            r, l, l / b, b, l / s, s, c, c / s }'
done

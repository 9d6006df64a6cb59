#!/bin/bash
# Submits the same N independent tasks by `sbraid submit` and by a shell loop of `sbatch`, in interleaved rounds, on a
# private Slurm, and prints the rate of each and their ratio.
# usage: submit.sh [TASKS] [ROUNDS]
set -euo pipefail
tasks=${1:-1000} rounds=${2:-3}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$(cd "${SBRAID_BUILD:-$here/build}" && pwd)
box=$(mktemp -d)
export SLURM_BOX_DIR=$box/slurm
trap '"$here/packaging/slurm-box" stop >&2; rm -rf "$box"' EXIT
"$here/packaging/slurm-box" start --nodes 1 --gpus 0 >&2
eval "$("$here/packaging/slurm-box" env)"
scontrol update NodeName=n1 State=DRAIN Reason=bench # nothing starts: submission alone is measured

{
    printf 'name = "bench"\n[defaults]\ntime = "1"\nmem = "10M"\n'
    for ((i = 0; i < tasks; i++)); do printf '[task.t%05d]\nrun = "true"\n' "$i"; done
} >"$box/flow.toml"

now() { date +%s.%N; }
rate() { awk -v a="$1" -v b="$2" -v n="$tasks" 'BEGIN { printf "%.0f", n / (b - a) }'; }
empty_queue() {
    scancel --me --quiet || true
    until [[ -z $(squeue --me --noheader) ]]; do sleep 0.5; done
}

for ((round = 1; round <= rounds; round++)); do
    a=$(now)
    "$build/bin/sbraid" submit --again "$box/flow.toml" >/dev/null
    b=$(now)
    [[ $(squeue --me --noheader -r | wc -l) == "$tasks" ]] || { echo "not all were submitted" >&2; exit 1; }
    ours=$(rate "$a" "$b")
    run=$(echo "$box"/.sbraid/*/scripts)
    empty_queue
    a=$(now)
    for script in "$run"/*; do sbatch --parsable --time=1 --mem=10M --output=/dev/null "$script" >/dev/null; done
    b=$(now)
    loop=$(rate "$a" "$b")
    empty_queue
    rm -rf "$box/.sbraid"
    awk -v r="$round" -v o="$ours" -v l="$loop" \
        'BEGIN { printf "round %d: sbraid submit %d tasks/s, shell loop of sbatch %d tasks/s, ratio %.2f\n", r, o, l, o / l }'
done

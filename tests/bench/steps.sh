#!/bin/bash
# Launch rate of job steps with and without the plugin: two private Slurms side by side, rounds interleaved, each a job
# inside of a run (SBRAID_RUN_DIR set) that launches N steps of `true` in a row.
# usage: steps.sh [STEPS] [ROUNDS]
set -euo pipefail
steps=${1:-100} rounds=${2:-5}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$(cd "${SBRAID_BUILD:-$here/build}" && pwd)
work=$(mktemp -d)
chmod 755 "$work"
stop_boxes() {
    "$here/packaging/slurm-box" stop --dir "$work/with" >&2
    "$here/packaging/slurm-box" stop --dir "$work/without" >&2
    rm -rf "$work"
}
trap stop_boxes EXIT
"$here/packaging/slurm-box" start --dir "$work/without" --nodes 1 >&2
"$here/packaging/slurm-box" start --dir "$work/with" --nodes 1 --plugin "$build/lib/sbraid/spank_sbraid.so" \
    --plugin-args "collect=$build/bin/sbraid-collect nvml=$build/lib/sbraid-sim/libnvidia-ml.so.1" >&2
mkdir -p "$work/run/state.d"

cat >"$work/steps.sh" <<'S'
#!/bin/bash
begin=$(date +%s.%N)
for ((i = 0; i < $1; i++)); do srun true; done
awk -v a="$begin" -v b="$(date +%s.%N)" -v n="$1" 'BEGIN { print n / (b - a) }' >"$2"
S
one() { # one with|without
    eval "$("$here/packaging/slurm-box" env --dir "$work/$1")"
    rm -f "$work/rate"
    SBRAID_RUN_DIR=$work/run sbatch --wait --quiet --output=/dev/null --gpus=1 "$work/steps.sh" "$steps" "$work/rate"
    cat "$work/rate"
}
for ((round = 1; round <= rounds; round++)); do
    without=$(one without)
    with=$(one with)
    awk -v r="$round" -v w="$with" -v o="$without" \
        'BEGIN { printf "round %d: with the plugin %.1f steps/s, without %.1f steps/s, ratio %.3f\n", r, w, o, w / o }'
done

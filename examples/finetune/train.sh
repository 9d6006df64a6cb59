#!/bin/bash
# Stands for the real training, one process a GPU. Rank 3 waits for data half of the time: the report shows it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=examples/finetune/gpu-work.sh
. "$here/gpu-work.sh"
echo "rank $SLURM_PROCID of $SLURM_NTASKS on $SLURMD_NODENAME: $*"
if ((SLURM_PROCID == 3)); then
    gpu_work 6 35 20G
    sleep 6
else
    gpu_work 12 $((95 - SLURM_PROCID)) 60G
fi

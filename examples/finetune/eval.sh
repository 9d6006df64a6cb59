#!/bin/bash
# Stands for the real evaluation, on one GPU.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=examples/finetune/gpu-work.sh
. "$here/gpu-work.sh"
echo "evaluating $1"
gpu_work 5 60 12G
echo "accuracy 0.731" | tee "$SBRAID_RUN_DIR/accuracy.txt"

#!/bin/bash
# Stands for the real tokenizer: one shard, a second or two of CPU.
set -euo pipefail
shard=$1
echo "shard $shard on $(hostname)"
head -c 20000000 /dev/zero | sha256sum

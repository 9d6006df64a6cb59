#!/bin/bash
# Stands for fetching and sharding the data.
set -euo pipefail
echo "data for run $SBRAID_RUN is there"

#!/bin/bash
# One step of the diamond: says its name, takes a second.
set -euo pipefail
echo "$1 begins on $(hostname)"
sleep 1

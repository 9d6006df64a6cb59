#!/bin/bash
# format.sh SOURCE_DIR PART…: every C++ file of these folders is as clang-format writes it.
set -euo pipefail
cd "$1"
shift
find "$@" '(' -name '*.cpp' -o -name '*.hpp' -o -name '*.h' -o -name '*.c' ')' -print0 |
    xargs -0 -r clang-format --dry-run -Werror

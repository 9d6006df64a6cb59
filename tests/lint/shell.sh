#!/bin/bash
# shell.sh SOURCE_DIR: shellcheck finds nothing in any shell or bats file of the tree.
#
# Shell files are found by name or by their first line, so that a new one cannot be forgotten.
set -euo pipefail
cd "$1"
files=()
while IFS= read -r -d '' file; do
    case $file in
    *.sh | *.bash | *.bats) files+=("$file") ;;
    *.*) ;;
    *) if head -c 64 "$file" | head -n 1 | grep -aqE '^#!.*\b(ba|da)?sh\b'; then files+=("$file"); fi ;;
    esac
done < <(find . -path './build*' -prune -o -name .git -prune -o -name .sbraid -prune -o -type f -print0)
((${#files[@]})) || { echo "no shell files found under $1" >&2; exit 1; }
shellcheck --external-sources "${files[@]}"

#!/bin/bash
# check.sh SBRAID SOURCE_DIR: shellcheck finds nothing in the script of any valid workflow file of the tree.
set -euo pipefail
sbraid=$1 source_dir=$2
command -v shellcheck >/dev/null || { echo "skipped: no shellcheck (packaging/install-deps.sh installs it)" && exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
scripts=()
while IFS= read -r -d '' file; do
    script=$work/$(tr '/' '_' <<<"${file#"$source_dir"/}").sh
    # What other tests need -D for, or is a part of another file, is no workflow by itself.
    if "$sbraid" export -Q --max-array-size 21 -o "$script" "$file" 2>/dev/null; then scripts+=("$script"); fi
done < <(find "$source_dir/tests/data/valid" "$source_dir/tests/data/export" "$source_dir/examples" -name '*.toml' -print0)
echo "${#scripts[@]} scripts"
((${#scripts[@]} > 25))
shellcheck --shell=bash "${scripts[@]}"

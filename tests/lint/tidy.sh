#!/bin/bash
# tidy.sh SOURCE_DIR BUILD_DIR PART: clang-tidy finds nothing in the compiled files of one folder.
#
# A file takes seconds, so what was found clean is remembered in BUILD_DIR/tidy under a hash of everything that the
# answer depends on: the file, all headers of the tree, the settings, the compile commands, the program.
set -euo pipefail
source_dir=$1 build_dir=$2 part=$3
commands=$build_dir/compile_commands.json
clean=$build_dir/tidy
mkdir -p "$clean"
options=()
if [[ $part == tests ]]; then
    options=(--checks='-clang-analyzer-*') # walks every path through GoogleTest's macros: minutes a file, and no finding
fi

common=$(
    {
        clang-tidy --version
        cat "$source_dir/.clang-tidy" "$commands"
        cd "$source_dir"
        find lib submitter plugin tests '(' -name '*.hpp' -o -name '*.h' ')' -print0 | sort -z | xargs -0 cat
    } | sha256sum
)
failed=0 checked=0
while IFS= read -r file; do
    checked=$((checked + 1))
    key=$({ echo "$common"; cat "$file"; } | sha256sum | cut -d' ' -f1)
    [[ ! -e $clean/$key ]] || continue
    if clang-tidy --quiet "${options[@]}" -p "$build_dir" "$file" 2>"$clean/stderr.$part"; then
        : >"$clean/$key"
    else
        cat "$clean/stderr.$part" >&2
        failed=1
    fi
done < <(jq -r '.[].file' "$commands" | sort -u | grep "^$source_dir/$part/" || true)
echo "$part: $checked files"
exit $failed

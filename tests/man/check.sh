#!/bin/bash
# check.sh BUILD_DIR SOURCE_DIR: groff and mandoc show every manual page without a warning.
set -euo pipefail
build_dir=$1 source_dir=$2
pages=("$build_dir"/share/man/man?/*.?)
shopt -s nullglob
pages+=("$source_dir"/packaging/man/*.[1-9])
shopt -u nullglob
seen=0 bad=0
complain() { # PROGRAM WORDS
    [[ -z $2 ]] || { printf '%s: %s says\n%s\n' "$page" "$1" "$2" >&2 && bad=1; }
}
for page in "${pages[@]}"; do
    if command -v groff >/dev/null; then
        complain groff "$(groff -man -ww -b -z -Tutf8 "$page" 2>&1)"
        seen=1
    fi
    if command -v mandoc >/dev/null; then
        # A page that is made by every build has no date.
        complain mandoc "$(mandoc -T lint -W warning "$page" | grep -v 'missing date')" || true
        seen=1
    fi
done
if ((!seen)); then
    echo "skipped: neither groff nor mandoc is here (packaging/install-deps.sh installs them)"
    exit 77
fi
exit "$bad"

#!/bin/bash
# The quick tests of tests/e2e/smoke.bats on another release of Slurm, and backends.bats, because what sbatch makes of its
# options is each release's own: CTest's smoke.RELEASE.
#
#   tests/smoke.sh --root RELEASE          make and fill the root that it needs (minutes, mostly of waiting for the mirror)
#   tests/smoke.sh RELEASE BUILD_DIR       run them
#
# The programs are those that were built here: they are asked for nothing that a newer glibc and libstdc++ lack, and what
# other libraries they need, of versions that the root does not have, is put beside its own. Only what depends on the release
# is built for it, with its headers: the plugin, and the module by which sbraid calls libslurm. Where there can be no root, it
# says why and exits 77 (CTest: skipped).
set -euo pipefail
cd "$(dirname "$(dirname "$(readlink -f "$0")")")"

skip() {
    printf 'skipped: %s\n' "$1"
    exit 77
}

prepare() {
    local said
    said=$(tests/slurm-root.sh --check "$release" 2>&1) || skip "$said"
    root=$(tests/slurm-root.sh "$release") || skip "there is no root with Slurm $release"
    tests/slurm-root.sh "$release" packaging/install-deps.sh slurm e2e || skip "the packages of Slurm $release cannot be had"
}

# Of the libraries that the programs are linked with, those of which the root has no such version.
lend_libraries() {
    local theirs name path
    theirs=$(tests/slurm-root.sh "$release" ldconfig -p)
    while read -r name path; do
        grep -qF "$name " <<<"$theirs" || cp -L "$path" "$root/usr/local/lib/"
    done < <(ldd "$build"/bin/{sbraid,sbraid-collect,sbraid-sim-gpu} | awk '$2 == "=>" && $3 ~ "^/" { print $1, $3 }' | sort -u)
    tests/slurm-root.sh "$release" ldconfig
}

build_for_release() { # into build-smoke-RELEASE, with Slurm's headers of the root, but nobody else's
    local libslurm
    libslurm=$(echo "$root"/usr/lib/*/libslurm.so)
    mkdir -p "$own/headers"
    ln -sfn "$root/usr/include/slurm" "$own/headers/slurm"
    if ! {
        cmake -S . -B "$own" -G Ninja -DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_BUILD_TYPE=Release \
            -DCMAKE_CXX_FLAGS_RELEASE=-O1 -DSBRAID_WERROR=ON -DSBRAID_TESTS=OFF -DSLURM_INCLUDE_DIR="$PWD/$own/headers" \
            -DSBRAID_LIBSLURM_INCLUDE_DIR="$PWD/$own/headers" -DSBRAID_LIBSLURM_LIBRARY="$libslurm" &&
            ninja -C "$own" spank_sbraid sbraid_libslurm
    } >"$own/log" 2>&1; then
        cat "$own/log"
        exit 1
    fi
    cp "$own"/lib/sbraid/sbraid_libslurm-*.so "$build/lib/sbraid/" # the program looks for it there; its name has the release
}

if [[ ${1:-} == --root ]]; then
    release=$2
    prepare
    exit
fi
release=$1 build=$(readlink -f "$2") own=build-smoke-$1
prepare
lend_libraries
build_for_release
exec tests/slurm-root.sh "$release" env SBRAID_BUILD="$build" SBRAID_SHIM="$PWD/$own/lib/sbraid/spank_sbraid.so" \
    bats --print-output-on-failure tests/e2e/smoke.bats tests/e2e/backends.bats

#!/bin/bash
# Installs what is missing, builds, and runs every test, the way CI does.
#
# build/ (a little optimised, asserts on) is what most tests run against. Three more things are done by tests of the one
# ctest run at the end, while those on Slurm wait: build-sanitize/ (ASan and UBSan) is built and runs the tests that need no
# Slurm once more, build-fuzz/ likewise where clang is, and the least that has to work with other releases of Slurm is tried
# in roots that have them. No build has more than a little debug information: it would cost a third of the time.
set -euo pipefail

help() {
    cat <<'TEXT'
usage: tests/run.sh [-R REGEX] [-j N] [--slurm RELEASE] [--no-install] [--no-sanitize] [--no-fuzz] [--no-smoke] [--tidy]

  -R REGEX           only the tests that match (ctest -R); `ctest --test-dir build -N` lists them
  -j N               jobs at once, in building and testing (default: the number of CPUs)
  --slurm RELEASE    the release of Slurm to test with, such as 24.11: where it is not the installed one, in a root of the
                     Debian suite that has it (tests/slurm-root.sh tells which there are), with build folders of its own
                     and without sanitizers, fuzzers and the checks of the sources
  --no-install       do not look for missing packages
  --no-sanitize      leave out the build with ASan and UBSan
  --no-fuzz          leave out the fuzzers
  --no-smoke         leave out the quick tests on other releases of Slurm
  --tidy             clang-tidy over all sources too (half an hour more on two cores)
  --help             this text

As root everything runs; as an ordinary user the tests that need root are skipped and say so.
TEXT
}

die() {
    printf 'run.sh: error: %s\n' "$1" >&2
    exit "${2:-1}"
}

arguments=("$@")
jobs=$(nproc) regex='' release='' install=yes sanitize=yes fuzz=yes smoke=ON tidy=OFF
while (($#)); do
    case $1 in
    -R | -j | --slurm) (($# >= 2)) || die "$1 wants a value" 2 ;;&
    -R) regex=$2; shift 2 ;;
    -j) jobs=$2; shift 2 ;;
    --slurm) release=$2; shift 2 ;;
    --no-install) install=no; shift ;;
    --no-sanitize) sanitize=no; shift ;;
    --no-fuzz) fuzz=no; shift ;;
    --no-smoke) smoke=OFF; shift ;;
    --tidy) tidy=ON; shift ;;
    --help | -h) help; exit 0 ;;
    *) die "unknown option '$1' (see --help)" 2 ;;
    esac
done

source_dir=$(dirname "$(dirname "$(readlink -f "$0")")")
cd "$source_dir"
step() { printf '\n== %s\n' "$*"; }

installed_release() { # 22.05.8, or nothing
    local version
    version=$(PATH=$PATH:/usr/sbin slurmctld -V 2>/dev/null) && echo "${version#* }"
}
root=${SBRAID_SLURM_ROOT:-} # the release of the root that this runs in, if in one
if [[ -n $release && -z $root && $(installed_release) != "$release"* ]] && tests/slurm-root.sh --list | grep -qxF "$release"; then
    exec tests/slurm-root.sh "$release" tests/run.sh "${arguments[@]}"
fi
packages=(build slurm e2e test lint roots) folder=build optimised=(-DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE=-O1) leave_out=()
if [[ -n $root ]]; then
    # What does not depend on the release has been looked at outside; clang-format and shellcheck are others here.
    packages=(build slurm e2e test) folder=build-$root optimised=(-DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0)
    leave_out=(-E '^lint\.(format|shell)$') sanitize=no fuzz=no smoke=OFF tidy=OFF
fi

if [[ $install == yes ]]; then
    step packages
    packaging/install-deps.sh "${packages[@]}"
fi
if [[ -n $release ]]; then
    [[ $(installed_release) == "$release"* ]] || die "Slurm $release is not here, $(installed_release) is" 2
fi
((EUID == 0)) || echo "run.sh: not root: tests that need root will be skipped"

# The two builds may have been made by somebody else, who wanted no tests or another generator: configure every time,
# and take the generator that is there.
configure() { # DIR OPTION…
    local dir=$1 generator=(-G Ninja)
    shift
    [[ ! -e $dir/CMakeCache.txt ]] || generator=()
    cmake -S . -B "$dir" "${generator[@]}" -DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DSBRAID_WERROR=ON -DSBRAID_TESTS=ON \
        -DSBRAID_PLUGIN=ON "$@" >"$dir.log" 2>&1 || {
        cat "$dir.log"
        die "cmake failed for $dir"
    }
    rm -f "$dir.log"
}

step build
if [[ $sanitize == yes ]]; then
    configure build-sanitize -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-g1 -DSBRAID_SANITIZE=ON
fi
if [[ $fuzz == yes ]] && ! command -v clang++ >/dev/null; then
    echo "run.sh: no clang++: the fuzzers are left out"
    fuzz=no
fi
if [[ $fuzz == yes ]]; then
    configure build-fuzz -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE='-O1 -g1' \
        -DSBRAID_WERROR=OFF -DSBRAID_FUZZ=ON
fi
configure "$folder" "${optimised[@]}" -DSBRAID_TIDY=$tidy -DSBRAID_SMOKE=$smoke \
    -DSBRAID_SANITIZED_BUILD="$([[ $sanitize == no ]] || echo "$source_dir/build-sanitize")" \
    -DSBRAID_FUZZ_BUILD="$([[ $fuzz == no ]] || echo "$source_dir/build-fuzz")"
export CMAKE_BUILD_PARALLEL_LEVEL=$jobs # of the builds that are tests, too
cmake --build "$folder" -- --quiet

step test
# One more than there are CPUs: who tests Slurm waits most of the time.
exec ctest --test-dir "$folder" -j $((jobs + 1)) --output-on-failure --no-tests=error "${leave_out[@]}" ${regex:+-R "$regex"}

#!/bin/bash
# Installs what sbraid needs on Debian (12 and later) or Ubuntu, only what is missing, as root or through sudo.
#
#   packaging/install-deps.sh                 everything
#   packaging/install-deps.sh build slurm     some of the groups: build, slurm, e2e, test, lint, roots
#   packaging/install-deps.sh --list          print the packages and do nothing
#
# Nothing is upgraded and no service is started: for the time of the installation a policy-rc.d says no, unless the
# machine has one of its own, which is left in force. MariaDB comes as its core packages, which have no service at all.
set -euo pipefail

declare -A groups=(
    [build]='g++ cmake ninja-build ccache git libboost-program-options-dev libcurl4-openssl-dev libexpected-dev
             libfmt-dev libgmock-dev libgtest-dev libslurm-dev libtomlplusplus-dev nlohmann-json3-dev zlib1g-dev'
    [slurm]='slurm-client slurmctld slurmd slurmdbd slurmrestd slurm-wlm-basic-plugins slurm-wlm-mysql-plugin
             slurm-wlm-jwt-plugin munge mariadb-server-core mariadb-client-core util-linux procps'
    [e2e]='bats curl jq libslurm-dev procps python3'
    [test]='libbenchmark-dev shellcheck python3 python3-jsonschema groff-base mandoc'
    [lint]='clang clang-format clang-tidy shellcheck'
    [roots]='debootstrap'
)

list_only=no wanted=()
for argument; do
    case $argument in
    --help | -h) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
    --list) list_only=yes ;;
    build | slurm | e2e | test | lint | roots) wanted+=("$argument") ;;
    *) echo "install-deps: error: unknown argument '$argument'" >&2; exit 2 ;;
    esac
done
((${#wanted[@]})) || wanted=(build slurm e2e test lint roots)

packages=()
for group in "${wanted[@]}"; do
    read -r -d '' -a members <<<"${groups[$group]}" || true
    packages+=("${members[@]}")
done
if [[ $list_only == yes ]]; then
    printf '%s\n' "${packages[@]}" | sort -u
    exit 0
fi
if ! command -v apt-get >/dev/null; then
    echo "install-deps: error: this machine has no apt-get" >&2
    echo "hint: install by hand what '$0 --list' prints" >&2
    exit 1
fi

missing=()
for package in "${packages[@]}"; do
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
done
if ((${#missing[@]} == 0)); then
    echo "install-deps: everything is there"
    exit 0
fi
echo "install-deps: installing ${missing[*]}  (this may take some minutes)"

as_root=()
if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
        echo "install-deps: error: not root, and there is no sudo" >&2
        echo "hint: as root, run: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi

# A policy-rc.d that we left behind (killed in the middle) is ours to replace; any other is not.
policy=/usr/sbin/policy-rc.d
mark='# made by sbraid install-deps.sh, which removes it again'
if [[ -e $policy ]] && ! grep -qxF "$mark" "$policy"; then
    remove_policy() { :; }
else
    remove_policy() { "${as_root[@]}" rm -f "$policy"; }
    trap remove_policy EXIT
    printf '%s\n' '#!/bin/sh' "$mark" 'exit 101' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
fi

# Nothing may ask: no question of debconf, of dpkg about a configuration file that is already there, of needrestart. A
# machine that has just booted may still be installing its security updates: those are waited for.
log=$(mktemp "${TMPDIR:-/tmp}/sbraid-install-deps.XXXXXX.log")
apt_get() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -qq -o DPkg::Lock::Timeout=300 \
        -o Acquire::Retries=3 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@" \
        </dev/null >>"$log" 2>&1 && return
    tail -n 30 "$log" >&2
    echo "install-deps: error: apt-get $1 failed" >&2
    echo "hint: mend what it says and run this again; all of its output is in $log" >&2
    exit 1
}
apt_get update
apt_get install --yes --no-install-recommends --no-upgrade "${missing[@]}"
rm -f "$log"

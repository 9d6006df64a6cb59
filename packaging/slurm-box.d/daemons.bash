# shellcheck shell=bash disable=SC2154,SC2034,SC2016,SC2317
# The daemons, one function each, and the order in which they start and end.
#
# The database is made while munged starts; slurmctld needs slurmdbd (at its first start it asks which TRES there are);
# the slurmds start together and the box is ready when every node is idle.

start_daemons() {
    rm -f "$dir/run/ready" "$dir/run/daemons"
    if [[ $accounting == yes ]]; then
        start_mariadbd
    fi
    start_munged
    if [[ $accounting == yes ]]; then
        wait_ready mariadbd make_database
        start_slurmdbd
    fi
    start_slurmctld
    start_slurmds
    if [[ $restd == yes ]]; then
        start_slurmrestd
    fi
    wait_for_nodes
    : >"$dir/run/ready"
}

start_munged() {
    if [[ ! -s $dir/munge/key ]]; then
        (umask 077 && head -c 128 /dev/urandom >"$dir/munge/key")
    fi
    rm -f "$munge_socket"*
    spawn munged munged --foreground --force --num-threads=4 --key-file="$dir/munge/key" --socket="$munge_socket" \
        --pid-file="$dir/run/munged.own" --seed-file="$dir/munge/seed" --log-file="$dir/log/munged.log"
    wait_ready munged munge --socket="$munge_socket" --no-input
}

# A commit reaches the kernel and not the disk: it outlives a killed mariadbd, which is what happens here. Snapshot isolation,
# the default of MariaDB since 11.6, ends a slurmdbd whose write meets another's (it warns of that itself); `loose`, because
# older ones do not know the word.
# Only the owner can enter the folder of the database, so that its root needs no password.
start_mariadbd() {
    local sizes=(--innodb-log-file-size=8M --innodb-buffer-pool-size=64M)
    local user=()
    ((EUID != 0)) || user=(--user=root)
    rm -f "$dir/mysql/socket"*
    if [[ ! -d $dir/mysql/data/mysql ]]; then
        (umask 077 && mkdir -p "$dir/mysql/data")
        chmod 700 "$dir/mysql"
        mariadb-install-db --no-defaults --datadir="$dir/mysql/data" --auth-root-authentication-method=normal \
            --skip-test-db "${sizes[@]}" "${user[@]}" >"$dir/log/mariadb-install-db.out" 2>&1 ||
            die "the accounting database could not be made" "see $dir/log/mariadb-install-db.out, or start with --no-accounting"
    fi
    spawn mariadbd mariadbd --no-defaults --datadir="$dir/mysql/data" --socket="$dir/mysql/socket" \
        --pid-file="$dir/run/mariadbd.own" --skip-networking --skip-log-bin --performance-schema=off \
        --innodb-flush-log-at-trx-commit=2 --loose-innodb-snapshot-isolation=OFF --innodb-lock-wait-timeout=900 "${sizes[@]}" "${user[@]}"
}

# slurmdbd would make it by itself: it connects, is told that there is no such database, makes it and connects again. With
# MariaDB Connector/C 11.8.9 all queries of such a second connection fail ("Number of columns in result (=1) …").
make_database() {
    mariadb --no-defaults --socket="$dir/mysql/socket" --user=root --execute='CREATE DATABASE IF NOT EXISTS slurm_acct_db'
} 2>/dev/null

start_slurmdbd() {
    spawn slurmdbd slurmdbd -D
    wait_ready slurmdbd box_run sacctmgr --noheader --parsable2 list cluster
    box_run sacctmgr --immediate --quiet add cluster box >/dev/null 2>&1 || true # it is there from the second start on
}

start_slurmctld() {
    # -i: one that was killed before its first save has left some state files, and others not; 26.05 would not start.
    spawn slurmctld slurmctld -D -i
    wait_ready slurmctld controller_answers
}

start_slurmds() {
    local node
    for ((node = 1; node <= nodes; node++)); do
        mkdir -p "$dir/spool/n$node"
        spawn "slurmd.n$node" slurmd -D -N "n$node"
    done
}

# slurmrestd refuses to be root or SlurmUser. Root makes it nobody; an ordinary user is called nobody in a user namespace, and
# where there can be none, the check is turned off, which 26.05 only lets developers do.
start_slurmrestd() {
    local become=() security='' other_name=(unshare --user --map-user="$(id -u nobody)" --map-group="$(id -g nobody)")
    mkdir -p "$dir/restd"
    rm -f "$dir/restd/socket"
    if ((EUID == 0)); then
        become=(setpriv --reuid=nobody --regid="$(id -gn nobody)" --clear-groups)
        chown nobody "$dir/restd"
    elif "${other_name[@]}" true 2>/dev/null; then
        become=("${other_name[@]}")
    else
        security=disable_user_check
    fi
    spawn slurmrestd env SLURMRESTD_SECURITY="$security" SLURM_JWT=daemon "${become[@]}" \
        slurmrestd -a rest_auth/jwt "unix:$dir/restd/socket" "127.0.0.1:$restd_port"
    wait_ready slurmrestd test -S "$dir/restd/socket"
}

# Jobs that a crash of the box cut off have lost their processes: they end here, as they would have at a stop.
wait_for_nodes() {
    wait_until 60 all_nodes_up || true
    if ! no_jobs; then
        say "cancelling the jobs that were there before a crash"
        cancel_jobs
    fi
    if ! wait_until 60 all_nodes_idle; then
        box_run sinfo --Node --long >&2 || true
        die "not all nodes became idle" "see $dir/log/slurmd.*.log"
    fi
}

# A command of Slurm against this box, whatever Slurm the caller's environment means.
box_run() { env -u SLURM_CLUSTERS SLURM_CONF="$dir/etc/slurm.conf" timeout 20 "$@"; }

controller_answers() { [[ $(box_run scontrol ping) == *'is UP'* ]]; }

nodes_in_states() { # REGEX; true when every node is in a state like that
    local states
    states=$(box_run sinfo --noheader --Node --partition=gpu --format=%T) || return 1
    [[ $(grep -cxE "$1" <<<"$states") == "$nodes" ]]
} 2>/dev/null

all_nodes_up() { nodes_in_states 'idle|mixed|allocated|completing'; }
all_nodes_idle() { nodes_in_states idle; }

# --------------------------------------------------------------------------------------------------------------- end

# Ends all that runs, in the order that lets the jobs' ends be recorded. Works from any state, does nothing twice.
end_everything() {
    local name daemons=()
    if [[ -r $dir/run/daemons ]]; then
        mapfile -t daemons <"$dir/run/daemons"
    fi
    if daemon_pid slurmctld >/dev/null; then
        cancel_jobs
    fi
    rm -f "$dir/run/ready"
    for name in "${daemons[@]}"; do
        case $name in
        slurmd.* | slurmrestd) kill -TERM "$(daemon_pid "$name")" 2>/dev/null || true ;; # all at once, waited for below
        esac
    done
    for name in "${daemons[@]}"; do
        case $name in
        slurmd.* | slurmrestd) end_daemon "$name" ;;
        esac
    done
    for name in slurmctld slurmdbd mariadbd munged; do
        end_daemon "$name"
    done
    kill_leftovers
    remove_cgroups
    rm -f "$dir"/dev/gpu* "$dir"/run/* "$dir/munge/socket"* "$dir/mysql/socket"*
}

# Jobs that ignore SIGTERM are killed by Slurm after KillWait; what is left after 20 s is killed by kill_leftovers.
cancel_jobs() {
    box_run squeue --noheader --all --format=%A 2>/dev/null | sort -u | xargs -r env -u SLURM_CLUSTERS SLURM_CONF="$dir/etc/slurm.conf" timeout 20 scancel --quiet 2>/dev/null || true
    wait_until 20 no_jobs || say "warning: jobs are still there after 20 s; killing their processes"
}

no_jobs() {
    local jobs
    jobs=$(box_run squeue --noheader --all --format=%A 2>/dev/null) || return 0 # a controller that does not answer
    [[ -z $jobs ]]
}

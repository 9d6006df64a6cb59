# shellcheck shell=bash disable=SC2154,SC2034,SC2016,SC2317
# Processes of the box: starting a daemon, knowing it again, waiting for it, ending it.
#
# A pid file holds "PID STARTTIME BOOT": with the start time (clock ticks since boot, /proc/PID/stat field 22) and the
# boot id, a pid that was given to somebody else meanwhile is never mistaken for ours.

boot_id() { cat /proc/sys/kernel/random/boot_id; }

start_time() { # PID; nothing when it is gone
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    stat=${stat##*) } # the name in parentheses may hold blanks
    # shellcheck disable=SC2086
    set -- $stat
    [[ $1 != Z ]] && echo "${20}"
}

# spawn NAME COMMAND…: runs in its own session with a clean environment (a Slurm around us must not leak in) and no
# descriptor of ours but 0-2, so that whoever waits for our pipes or locks does not wait for the daemon.
spawn() {
    local name=$1 pid
    shift
    (
        for fd in /proc/self/fd/*; do
            fd=${fd##*/}
            ((fd <= 2)) || eval "exec $fd>&-"
        done 2>/dev/null
        cd /
        exec env -i PATH="$PATH" HOME="${HOME:-/}" USER="$(id -un)" LANG=C.UTF-8 \
            SLURM_CONF="$dir/etc/slurm.conf" SLURM_BOX_ID="$box_id" MARIADB_UNIX_PORT="$dir/mysql/socket" \
            setsid "$@" </dev/null >>"$dir/log/$name.out" 2>&1
    ) &
    pid=$!
    disown "$pid"
    echo "$pid $(start_time "$pid") $(boot_id)" >"$dir/run/$name.pid"
    echo "$name" >>"$dir/run/daemons"
}

daemon_pid() { # NAME; fails when it does not run
    local pid since boot
    read -r pid since boot 2>/dev/null <"$dir/run/$1.pid" || return 1
    [[ $boot == "$(boot_id)" && $(start_time "$pid") == "$since" ]] && echo "$pid"
}

daemon_state() {
    local pid
    if pid=$(daemon_pid "$1"); then echo "pid $pid"; else echo 'not running'; fi
}

box_state() { # up, partly or down
    local name alive=0 dead=0
    if [[ -r $dir/run/daemons ]]; then
        while read -r name; do
            if daemon_pid "$name" >/dev/null; then alive=$((alive + 1)); else dead=$((dead + 1)); fi
        done <"$dir/run/daemons"
    fi
    if ((alive == 0)); then echo down; elif ((dead == 0)) && [[ -e $dir/run/ready ]]; then echo up; else echo partly; fi
}

# wait_until SECONDS COMMAND…: true as soon as the command is.
wait_until() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.1
    done
}

# wait_ready NAME COMMAND…: waits for a daemon to answer; if it dies or says nothing for a minute, shows its log.
wait_ready() {
    local name=$1
    shift
    ready_or_dead() { "$@" >/dev/null 2>&1 || ! daemon_pid "$name" >/dev/null; }
    wait_until 60 ready_or_dead "$@" || true
    if ! daemon_pid "$name" >/dev/null || ! "$@" >/dev/null 2>&1; then
        tail -n 15 "$dir/log/$name".{log,out} 2>/dev/null | sed 's/^/    /' >&2 || true
        die "$name did not come up" "its whole log is in $dir/log"
    fi
}

# end_daemon NAME [SECONDS]: asks, waits, and then kills.
end_daemon() {
    local name=$1 pid
    if pid=$(daemon_pid "$name"); then
        kill -TERM "$pid" 2>/dev/null || true
        gone() { ! daemon_pid "$name" >/dev/null; }
        if ! wait_until "${2:-20}" gone; then
            kill -KILL "$pid" 2>/dev/null || true
            wait_until 10 gone || say "warning: $name (pid $pid) does not die"
        fi
    fi
    rm -f "$dir/run/$name.pid"
}

# Pids that belong to the box without a pid file: slurmstepds and what they started. A process of a job is known by the
# SLURM_CONF of the box together with SLURMD_NODENAME, which only processes that a slurmd launched have; the shell
# that did `eval "$(slurm-box env)"` has the first and not the second (env unsets it in a job of another Slurm).
marked_pids() {
    local file
    {
        grep -lxzF "SLURM_BOX_ID=$box_id" /proc/[0-9]*/environ || true
        grep -lxzF "SLURM_CONF=$dir/etc/slurm.conf" /proc/[0-9]*/environ | while read -r file; do
            if grep -qz '^SLURMD_NODENAME=' "$file"; then echo "$file"; fi
        done
    } 2>/dev/null | cut -d/ -f3 | sort -u | grep -vx "$$" || true
}

kill_leftovers() {
    local round pids
    for round in 1 2 3 4 5; do
        mapfile -t pids < <(marked_pids; cgroup_pids)
        ((${#pids[@]})) || return 0
        ((round == 1)) || sleep 0.2
        kill -KILL "${pids[@]}" 2>/dev/null || true
    done
}

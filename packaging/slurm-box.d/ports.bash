# shellcheck shell=bash disable=SC2154,SC2034,SC2016,SC2317
# TCP ports: a block of free ones below the range from which the kernel gives out ports by itself.
#
# base + 0 slurmctld, + 1 slurmdbd, + 2 slurmrestd, + 10 + K slurmd of node K. The block of the last start is taken
# again when it is free.

listening_ports() { # decimal, one a line
    local _ local_address state
    while read -r _ local_address _ state _; do
        [[ $state != 0A ]] || echo "$((16#${local_address##*:}))"
    done < <(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null)
}

block_is_free() { # BASE SIZE LISTENING…
    local base=$1 end=$(($1 + $2)) port
    shift 2
    for port; do
        ((port < base || port >= end)) || return 1
    done
}

choose_ports() {
    local size=$((nodes + 11)) listening base='' try
    mapfile -t listening < <(listening_ports)
    if [[ -r $dir/etc/ports ]]; then
        base=$(<"$dir/etc/ports")
    fi
    for ((try = 0; try < 100; try++)); do
        if [[ -n $base ]] && block_is_free "$base" "$size" "${listening[@]}"; then
            echo "$base" >"$dir/etc/ports"
            ctld_port=$base dbd_port=$((base + 1)) restd_port=$((base + 2)) first_node_port=$((base + 11))
            return
        fi
        base=$((12000 + RANDOM % (20000 - size)))
    done
    die "no $size free TCP ports in a row between 12000 and 32000" "stop something that listens there"
}

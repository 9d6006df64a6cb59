# shellcheck shell=bash disable=SC2154,SC2034,SC2016,SC2317
# Made-up GPUs: the device files that gres.conf names, and the table of simulated GPUs for the fake NVML.
#
# As on a real cluster every node has the same device names and numbers: node and index make the GPU. The numbers are
# those of virtual consoles (4:20 and up), which nothing else on a cluster node opens. Never those of /dev/null or
# another device that jobs need: with ConstrainDevices a job without the GPU would lose that device too.

gpu_first_minor=20
gpu_most=44 # virtual consoles end at 63

make_gpus() {
    local index node
    ((gpus <= gpu_most)) || die "at most $gpu_most GPUs a node" "use more nodes"
    rm -f "$dir"/dev/gpu*
    for ((index = 0; index < gpus; index++)); do
        if ((EUID == 0)) && mknod -m 666 "$dir/dev/gpu$index" c 4 $((gpu_first_minor + index)) 2>/dev/null; then
            continue
        fi
        ln -s /dev/null "$dir/dev/gpu$index" # without root nothing is enforced, so any character device will do
    done

    # A new start is a new machine: loads that were declared before it would count on for ever.
    rm -rf "$dir/sim"
    mkdir -m 755 "$dir/sim"
    for ((node = 1; node <= nodes; node++)); do
        for ((index = 0; index < gpus; index++)); do
            echo "n$node $index $(gpu_uuid "$node" "$index") 81920 Simulated ${gpu_type^^}"
        done
    done >"$dir/sim/devices"
    mkdir -m 1777 "$dir/sim/loads"
    chmod 1777 "$dir/sim" # last: nobody could plant a link for the file above
}

gpu_uuid() { # NODE INDEX; the same at every start of this box, different from all others
    local hash
    hash=$(printf '%s n%s %s' "$box_id" "$1" "$2" | md5sum)
    echo "GPU-${hash:0:8}-${hash:8:4}-${hash:12:4}-${hash:16:4}-${hash:20:12}"
}

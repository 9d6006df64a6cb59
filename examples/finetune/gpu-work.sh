# shellcheck shell=bash
# Sourced by train.sh and eval.sh: `gpu_work SECONDS UTIL MEM` stands for the real work on the GPU of this rank, which is
# the one of its local number, as in torch.cuda.set_device(). On a machine with a simulated GPU it declares its load to the
# simulation; elsewhere it only takes the time.
gpu_work() {
    local seconds=$1 util=$2 mem=$3
    if [[ -n ${SBRAID_SIM_DIR:-} ]] && command -v sbraid-sim-gpu >/dev/null; then
        sbraid-sim-gpu --gpu "${SLURM_LOCALID:-0}" --util "$util" --mem "$mem" --for "${seconds}s"
    else
        local end=$((SECONDS + seconds))
        while ((SECONDS < end)); do head -c 1000000 /dev/zero | sha256sum >/dev/null; done
    fi
}

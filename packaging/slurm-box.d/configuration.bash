# shellcheck shell=bash disable=SC2154,SC2034,SC2016,SC2317
# The configuration files of the box, all written anew at each start. Choices that are not Slurm's defaults serve one
# of three ends: more nodes, CPUs and memory than the machine has; a scheduler that acts within a second; states that
# tests need soon (short KillWait, short credentials so that a requeued job starts again in seconds).

# with_overrides LINE… <TEXT: the text without the keys that the lines set, then the lines.
with_overrides() {
    local text line key
    text=$(cat)
    for line; do
        key=${line%%=*}
        case ${key,,} in
        nodename | partitionname | include*) ;; # these may stand many times
        *) text=$(printf '%s\n' "$text" | grep -vi "^$key *=" || true) ;;
        esac
    done
    printf '%s\n' "$text" "$@"
}

write_configuration() {
    munge_socket=$dir/munge/socket
    slurm_conf | with_overrides "${conf_lines[@]}" >"$dir/etc/slurm.conf"
    cgroup_conf | with_overrides "${cgroup_conf_lines[@]}" >"$dir/etc/cgroup.conf"
    gres_conf >"$dir/etc/gres.conf"
    plugstack_conf >"$dir/etc/plugstack.conf"
    if [[ $accounting == yes ]]; then
        (umask 077 && slurmdbd_conf >"$dir/etc/slurmdbd.conf")
    fi
    if [[ $restd == yes && ! -s $dir/etc/jwt.key ]]; then
        (umask 077 && head -c 32 /dev/urandom >"$dir/etc/jwt.key")
    fi
    box_env >"$dir/etc/box.env"
}

slurm_conf() {
    local host user gres='' last_port=$((first_node_port + nodes - 1))
    host=$(hostname -s)
    user=$(id -un)
    ((gpus == 0)) || gres=" Gres=gpu:$gpu_type:$gpus"
    cat <<CONF
ClusterName=box
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$ctld_port
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$munge_socket,cred_expire=$cred_expire
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool/%n
SlurmctldPidFile=$dir/run/slurmctld.own
SlurmdPidFile=$dir/run/slurmd.%n.own
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd.%n.log
PlugStackConfig=$dir/etc/plugstack.conf
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
SlurmdParameters=config_overrides
MaxJobCount=50000
MinJobAge=300
KillWait=5
SlurmctldTimeout=60
SlurmdTimeout=300
TCPTimeout=10
MessageTimeout=30
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=5,bf_interval=2,batch_sched_delay=0,sched_min_interval=100000,default_queue_depth=1000,bf_max_job_test=1000,bf_continue
PriorityType=priority/multifactor
PriorityWeightAge=1000
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=1024
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
NodeName=n[1-$nodes] NodeHostname=$host NodeAddr=127.0.0.1 Port=[$first_node_port-$last_port] Sockets=1 CoresPerSocket=$cpus ThreadsPerCore=1 RealMemory=$mem$gres State=UNKNOWN
PartitionName=gpu Nodes=ALL Default=YES MaxTime=INFINITE State=UP
PartitionName=cpu Nodes=ALL MaxTime=INFINITE State=UP
CONF
    if ((gpus > 0)); then
        echo GresTypes=gpu
    fi
    if [[ $use_cgroups == yes ]]; then
        printf '%s\n' ProctrackType=proctrack/cgroup TaskPlugin=task/cgroup
    else
        printf '%s\n' ProctrackType=proctrack/linuxproc TaskPlugin=task/none
    fi
    if [[ $accounting == yes ]]; then
        printf '%s\n' AccountingStorageType=accounting_storage/slurmdbd AccountingStorageHost=127.0.0.1 \
            "AccountingStoragePort=$dbd_port" "AccountingStoragePass=$munge_socket"
        ((gpus == 0)) || echo "AccountingStorageTRES=gres/gpu,gres/gpu:$gpu_type"
    else
        echo AccountingStorageType=accounting_storage/none
    fi
    if [[ $restd == yes ]]; then
        printf '%s\n' AuthAltTypes=auth/jwt "AuthAltParameters=jwt_key=$dir/etc/jwt.key"
    fi
}

slurmdbd_conf() {
    cat <<CONF
AuthType=auth/munge
AuthInfo=$munge_socket
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort=$dbd_port
SlurmUser=$(id -un)
PidFile=$dir/run/slurmdbd.own
LogFile=$dir/log/slurmdbd.log
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=root
StorageLoc=slurm_acct_db
CONF
    if [[ $restd == yes ]]; then
        printf '%s\n' AuthAltTypes=auth/jwt "AuthAltParameters=jwt_key=$dir/etc/jwt.key"
    fi
}

# slurmd loads a cgroup plugin even where nothing needs one; that of v1 touches nothing then, that of v2 wants systemd.
# Cores are not constrained: a node claims more of them than the machine has.
cgroup_conf() {
    echo CgroupPlugin=cgroup/v1
    if [[ $use_cgroups == yes ]]; then
        printf '%s\n' "CgroupMountpoint=$dir/cgroup" ConstrainDevices=yes ConstrainRAMSpace=yes ConstrainCores=no
    fi
}

gres_conf() {
    echo AutoDetect=off
    if ((gpus == 1)); then
        echo "Name=gpu Type=$gpu_type File=$dir/dev/gpu0"
    elif ((gpus > 1)); then
        echo "Name=gpu Type=$gpu_type File=$dir/dev/gpu[0-$((gpus - 1))]"
    fi
}

plugstack_conf() {
    if [[ -n $plugin ]]; then
        echo "optional $plugin sim=$dir/sim ${plugin_args//'$SLURM_BOX_DIR'/$dir}"
    fi
}

box_env() {
    local bin
    printf 'export SLURM_CONF=%q\n' "$dir/etc/slurm.conf"
    printf 'export SLURM_BOX_DIR=%q\n' "$dir"
    printf 'export SBRAID_SIM_DIR=%q\n' "$dir/sim"
    if [[ $restd == yes ]]; then
        printf 'export SLURM_BOX_RESTD_URL=%q\n' "http://127.0.0.1:$restd_port"
        printf 'export SLURM_BOX_RESTD_SOCKET=%q\n' "$dir/restd/socket"
    fi
    for bin in "${bin_dirs[@]}"; do
        printf 'export PATH=%q:"$PATH"\n' "$bin"
    done
}

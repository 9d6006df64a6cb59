# shellcheck shell=bash
# What the tests on a real Slurm share: one box a file, waiting, and reading what Slurm says of a job.
#
#   load lib
#   setup_file() { box_start --nodes 2; }        # options of slurm-box start
#   @test "…" { id=$(sbatch --parsable …); wait_for_end "$id"; … }
#
# CTest sets SBRAID_BUILD and SBRAID_SOURCE; by hand `bats tests/e2e/x.bats` uses build/. The box and everything that
# tests write are in $SCRATCH, which is kept if a test failed (its path is printed) and removed otherwise.

SBRAID_SOURCE=${SBRAID_SOURCE:-$(readlink -f "$BATS_TEST_DIRNAME/../..")}
SBRAID_BUILD=${SBRAID_BUILD:-$SBRAID_SOURCE/build}
SLURM_BOX=$SBRAID_SOURCE/packaging/slurm-box
PLUGIN_LIBRARY=${SBRAID_SHIM:-$SBRAID_BUILD/lib/sbraid/spank_sbraid.so} # tests/smoke.sh has one for each release
NVML_FOLDER=$SBRAID_BUILD/lib/sbraid-sim # where the simulated libnvidia-ml.so.1 is
TEST_USER=${SBRAID_TEST_USER:-daemon} # an ordinary user that every machine has; 26.05 lets nobody be no SlurmUser
export SBRAID_SOURCE SBRAID_BUILD SLURM_BOX PLUGIN_LIBRARY NVML_FOLDER TEST_USER

# A folder that every user may enter (mktemp's own may not be), for the box and the files of the tests.
make_scratch() {
    SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/sbraid-e2e.XXXXXX")
    chmod 755 "$SCRATCH"
    mkdir -m 1777 "$SCRATCH/work"
    mkdir "$SCRATCH/home"
    if ((EUID == 0)); then chown "$TEST_USER" "$SCRATCH/home"; fi
    export SCRATCH
}

# box_start OPTION…: starts the box of this file and lets this shell and the tests talk to it.
box_start() {
    make_scratch
    export BOX_DIR=$SCRATCH/box
    "$SLURM_BOX" start --dir "$BOX_DIR" --bin "$SBRAID_BUILD/bin" "$@" >&2
    use_box "$BOX_DIR"
}

# use_box DIR: the following commands talk to this box.
use_box() { eval "$("$SLURM_BOX" env --dir "$1")"; }

box_stop() {
    [[ -n ${BOX_DIR:-} ]] || return 0
    "$SLURM_BOX" stop --dir "$BOX_DIR" >&2
    if [[ -e $SCRATCH/failed ]]; then
        echo "# kept for a look: $SCRATCH" >&3
    else
        rm -rf "$SCRATCH"
    fi
}

# The default ends of a test and of a file; a file that defines its own calls these two.
note_failure() { [[ -n ${BATS_TEST_COMPLETED:-} || -z ${SCRATCH:-} ]] || : >"$SCRATCH/failed"; }
teardown() { note_failure; }
teardown_file() { box_stop; }

need_root() { ((EUID == 0)) || skip "needs root"; }

# Arguments of the plugin with which a busy machine is not taken for a hung one; what is recorded is the tests' question,
# and what a slow helper costs is that of tests/plugin.
PLUGIN_PATIENCE='patience_ms=60000 budget_us=999999'
export PLUGIN_PATIENCE

# as_user COMMAND…: as an ordinary user with a home of its own; who is none but that already, is it.
as_user() {
    if ((EUID == 0)); then
        runuser -u "$TEST_USER" -- env HOME="$SCRATCH/home" USER="$TEST_USER" LOGNAME="$TEST_USER" "$@"
    else
        env HOME="$SCRATCH/home" "$@"
    fi
}

# wait_for SECONDS COMMAND…: until the command is true; fails, naming it, when the time is over.
wait_for() {
    local limit=$1 deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        if ((SECONDS >= deadline)); then
            echo "not so within $limit s: $*" >&2
            return 1
        fi
        sleep 0.1
    done
}

# job_field JOB FIELD: a field of `scontrol show job`, such as JobState or NodeList; fails when Slurm has forgotten it.
job_field() {
    scontrol --oneliner show job "$1" | head -n 1 | tr ' ' '\n' | sed -n "s/^$2=//p" | head -n 1
}

is_job_state() { [[ $(job_field "$1" JobState) == "$2" ]]; }

job_is_over() {
    case $(job_field "$1" JobState) in
    PENDING | CONFIGURING | RUNNING | SUSPENDED | COMPLETING | REQUEUED | '') return 1 ;;
    esac
}

# wait_for_end JOB [SECONDS]: until slurmctld, and with accounting slurmdbd, know how the job ended.
wait_for_end() {
    wait_for "${2:-60}" job_is_over "$1" || { scontrol show job "$1" >&2; return 1; }
    [[ ! -e ${BOX_DIR:-}/etc/slurmdbd.conf ]] || wait_for 60 sacct_has_end "$1"
}

# slurmctld tells slurmdbd of starts in bunches, every 5 s. The record of a job that has ended before that is made from
# its end and lacks what only the start says (user, name, requested TRES) until the next bunch: wait for that too.
sacct_has_end() { [[ $(sacct_field "$1" End) =~ ^[0-9] && -n $(sacct_field "$1" ReqTRES) ]]; }

# sacct_field JOB[.STEP] FIELD: of the job itself, or of one of its steps.
sacct_field() {
    sacct --noheader --parsable2 --jobs="$1" --format=JobID,"$2" | awk -F'|' -v id="$1" '$1 == id { print $2; exit }'
}

# nothing_queued [OPTION…]: squeue lists no job; false also when it has no answer.
nothing_queued() {
    local jobs
    jobs=$(squeue --noheader "$@") && [[ -z $jobs ]]
}

# Live processes of the collectors of this box: their environment is ours to choose, and so has the box's mark. When a run
# has ended and none is left, all is recorded that ever will be.
helpers() {
    local pid
    for pid in $(pgrep '^sbraid-(colle|sampl|write|spool)'); do
        if grep -qzx "SBRAID_SIM_DIR=$SBRAID_SIM_DIR" "/proc/$pid/environ" 2>/dev/null; then echo "$pid"; fi
    done
}
no_helpers() { [[ -z $(helpers) ]]; }

# Every node; false also when there is no answer.
nodes_idle() {
    local states
    states=$(sinfo --noheader --Node --format='%T') && [[ -n $states ]] && ! grep -qvx idle <<<"$states"
}

# Where the public test cases lie, or nothing: they are not part of the tree.
cases_folder() {
    local folder=${SBRAID_CASES:-$SBRAID_SOURCE/../shared/cases}
    [[ ! -d $folder ]] || readlink -f "$folder"
}

# equal EXPECTED ACTUAL: fails and shows both.
equal() {
    [[ $1 == "$2" ]] || {
        printf 'expected: %s\nactual:   %s\n' "$1" "$2" >&2
        return 1
    }
}

# tres_gpus TRES: only the GPU part of a TRES string, sorted: "gres/gpu:h100=2,gres/gpu=2".
tres_gpus() { tr ',' '\n' <<<"$1" | grep '^gres/gpu' | sort | paste -sd, -; }

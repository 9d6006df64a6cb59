// What the shim (inside slurmstepd) says to sbraid-collect, and the one answer it gets.
//
// The talk goes over a SOCK_SEQPACKET socket: each packet is one whole struct of this header, never less, so
// nobody parses. It is one-way. Both ends are built from this header and installed together; a packet with
// another `version` or size is ignored by the receiver, who then does nothing for the step.
//
// No secret is in here: ids, paths and times.
#pragma once

#include <cstdint>

namespace sbraid::protocol {

inline constexpr std::uint32_t k_magic = 0x53425244;  // "SBRD"
inline constexpr std::uint16_t k_version = 1;

// Descriptors that the helper finds open when it starts.
inline constexpr int k_socket_fd = 3;  // packets from the shim
inline constexpr int k_ready_fd =
    4;  // one Ready goes in, then it is closed; closed without: the helper gave up

enum class Kind : std::uint16_t { hello = 1, rank_started = 2, rank_ended = 3, end = 4 };

struct Header {
    std::uint32_t magic;
    std::uint16_t version;
    Kind kind;
};

inline constexpr std::uint32_t k_none = 0xfffffffe;  // Slurm's NO_VAL: an absent number
inline constexpr std::uint32_t k_batch_step = 0xfffffffb;
inline constexpr std::uint32_t k_extern_step = 0xfffffffc;
inline constexpr std::uint32_t k_interactive_step = 0xfffffffa;
inline constexpr std::uint32_t k_most_groups = 1024;
inline constexpr char k_too_long[] = "!";  // instead of a list of GPUs that did not fit

// First packet: which step this is and how to record it. Texts end with a zero; an absent one is empty.
struct Hello {
    Header header;
    std::uint32_t job;
    std::uint32_t array_job;  // 0: not an array
    std::uint32_t array_task;
    std::uint32_t step;
    std::uint32_t uid, gid;
    std::uint32_t restart;  // SLURM_RESTART_COUNT
    std::uint32_t nodes;    // of the job; k_none: not known
    std::uint32_t local_ranks;
    std::int32_t stepd_pid;
    std::uint32_t group_count;  // supplementary groups of the user, at most k_most_groups
    std::uint32_t groups[k_most_groups];
    char node[256];
    char run_dir[4096];  // SBRAID_RUN_DIR of the job: the user's word, to be opened by the user only
    char gpus[4096];     // SLURM_STEP_GPUS, for the batch step SLURM_JOB_GPUS; or k_too_long
    char spool[1024];    // plugstack argument spool=
    char nvml[1024];     // plugstack argument nvml=
};

// rank_started: global, local, pid. rank_ended: global, local, status, oom. end: dropped, flags.
struct Note {
    Header header;
    std::uint32_t global_rank = 0;
    std::uint32_t local_rank = 0;
    std::int32_t pid = 0;
    std::int32_t status = 0;  // as wait(2) gives it
    std::int32_t oom = 0;     // 1 yes, 0 no, -1 not known
    std::uint32_t dropped = 0;
    std::uint32_t switched_off = 0;  // 1: the hooks took too long and say nothing more
    std::uint32_t slowest_us = 0;    // longest hook of the step, without the spawn
    std::int64_t time_ms = 0;        // UTC, since the epoch
};
static_assert(sizeof(Note) == 48);

// The helper has left the step's cgroup and runs. With it comes where a rank's cgroup is found by path.
struct Ready {
    std::uint32_t magic;
    std::uint32_t unified;    // 1: cgroup v2, read memory.events; 0: v1, read memory.oom_control
    char memory_mount[1024];  // mount point of the hierarchy; empty: there is none
    char memory_root[1024];   // what of a /proc/PID/cgroup path the mount point stands for; "/" mostly
};

}  // namespace sbraid::protocol

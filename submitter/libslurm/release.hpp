#pragma once

#include <slurm/slurm.h>
#include <slurm/slurm_errno.h>

#include <cstdint>
#include <string_view>

// All that differs between the releases of Slurm, for the module that is built with their headers. What
// sbatch of a release does on its side is in src/sbatch/opt.c, src/sbatch/sbatch.c and
// src/common/slurm_opt.c.

/// Exported by libslurm for its own commands and in none of its headers: its slurm.conf as it was read, how
/// it reads what people write for times, and who hears of its troubles
/// (src/common/{read_config,parse_time,log}.h). Unchanged from 22.05 to 26.05 but for what is said here.
extern "C" {
struct sbraid_log_options {  // log_options_t; levels: 0 quiet, 1 fatal, 2 error
    int stderr_level = 0, syslog_level = 0, logfile_level = 0;
    bool prefix_level = false, buffered = false, raw = false;
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(23, 2, 0)
    int logfile_format = 0;
#endif
};
int slurm_log_init(char* program, sbraid_log_options options, int facility, char* file);
extern slurm_conf_t slurm_conf;
time_t slurm_parse_time(const char* text, int past);  // 0: it is none. Not to be called by two threads
int slurm_time_str2mins(const char* text);            // NO_VAL: it is none
int slurm_time_str2secs(const char* text);            // NO_VAL: it is none
}

namespace sbraid::release {

constexpr bool since(int major, int minor) {
    return SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(major, minor, 0);
}

/// 23.11 has made `/` the sign between a TRES and its name.
constexpr std::string_view k_gres = since(23, 11) ? "gres/" : "gres:";
constexpr std::string_view k_gpu = since(23, 11) ? "gres/gpu:" : "gres:gpu:";

/// Up to 24.05 sbatch told the job in its environment how it is to be named, and how its output is opened.
constexpr bool k_tells_name_and_mode = !since(24, 11);

/// From 23.02 on --ntasks-per-node alone is no --ntasks any more: the ranks are estimated, for min_cpus only.
constexpr bool k_estimates_ranks = since(23, 2);

/// From 23.11 on --ntasks and --ntasks-per-node make the number of nodes.
constexpr bool k_ranks_make_nodes = since(23, 11);

/// From 23.11 on GPUs for each rank are a part of --tres-per-task, and so, from 24.05 on, are its CPUs; ranks
/// are bound to such GPUs.
constexpr bool k_has_tres_per_task = since(23, 11);
constexpr bool k_cpus_are_tres = since(24, 5);

/// From 23.11 on the job's environment tells mpirun that the srun below it is a launcher's.
constexpr bool k_tells_launchers = since(23, 11);

/// From 26.05 on a token is no part of what a job is given.
constexpr bool k_hides_token = since(26, 5);

/// A message of slurm_init_job_desc_msg() as sbatch has it before it looks at an option.
inline void set_defaults(job_desc_msg_t& job) {
    job.contiguous = 0;
    job.mail_type = 0;
    job.mem_bind_type = 0;
    job.task_dist = SLURM_DIST_UNKNOWN;
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(24, 5, 0)
    job.resv_port_cnt = NO_VAL16;
#endif
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(24, 11, 0)
    job.oom_kill_step = NO_VAL16;
#endif
}

/// MaxJobCount is reached; 26.05 has given it its name.
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(26, 5, 0)
constexpr int k_queue_is_full = ESLURM_MAX_JOB_COUNT;
#else
constexpr int k_queue_is_full = ESLURM_ERROR_ON_DESC_TO_RECORD_COPY;
#endif

/// The answer's job id, which 26.05 has moved.
inline std::uint32_t job_id(const submit_response_msg_t& answer) {
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(26, 5, 0)
    return answer.step_id.job_id;
#else
    return answer.job_id;
#endif
}

}  // namespace sbraid::release

#include "sbatch_environment.hpp"

#include <algorithm>
#include <array>

namespace sbraid {

namespace {

// 22.05 to 26.05.
constexpr std::array k_variables{
    InputVariable{"SBATCH_ACCOUNT", "account"},
    InputVariable{"SBATCH_ACCTG_FREQ", "acctg-freq"},
    InputVariable{"SBATCH_BATCH", "batch"},
    InputVariable{"SBATCH_CLUSTERS", "clusters"},
    InputVariable{"SLURM_CLUSTERS", "clusters"},
    InputVariable{"SBATCH_CONSTRAINT", "constraint"},
    InputVariable{"SBATCH_CONTAINER", "container"},
    InputVariable{"SBATCH_CONTAINER_ID", "container-id"},
    InputVariable{"SBATCH_CORE_SPEC", "core-spec"},
    InputVariable{"SBATCH_CPUS_PER_GPU", "cpus-per-gpu"},
    InputVariable{"SBATCH_DELAY_BOOT", "delay-boot"},
    InputVariable{"SBATCH_DISTRIBUTION", "distribution"},
    InputVariable{"SBATCH_EXPORT", "export"},
    InputVariable{"SBATCH_GPU_BIND", "gpu-bind"},
    InputVariable{"SBATCH_GPU_FREQ", "gpu-freq"},
    InputVariable{"SBATCH_GPUS", "gpus"},
    InputVariable{"SBATCH_GPUS_PER_NODE", "gpus-per-node"},
    InputVariable{"SBATCH_GPUS_PER_TASK", "gpus-per-task"},
    InputVariable{"SBATCH_GRES", "gres"},
    InputVariable{"SBATCH_GRES_FLAGS", "gres-flags"},
    InputVariable{"SBATCH_HINT", "hint"},
    InputVariable{"SLURM_HINT", "hint"},
    InputVariable{"SBATCH_MEM_BIND", "mem-bind"},
    InputVariable{"SBATCH_MEM_PER_CPU", "mem-per-cpu"},
    InputVariable{"SBATCH_MEM_PER_GPU", "mem-per-gpu"},
    InputVariable{"SBATCH_MEM_PER_NODE", "mem"},
    InputVariable{"SBATCH_NETWORK", "network"},
    InputVariable{"SBATCH_NO_KILL", "no-kill", true},
    InputVariable{"SBATCH_NO_REQUEUE", "no-requeue", true},
    InputVariable{"SBATCH_OPEN_MODE", "open-mode"},
    InputVariable{"SBATCH_OVERCOMMIT", "overcommit", true},
    InputVariable{"SBATCH_PARTITION", "partition"},
    InputVariable{"SBATCH_POWER", "power"},
    InputVariable{"SBATCH_PROFILE", "profile"},
    InputVariable{"SBATCH_QOS", "qos"},
    InputVariable{"SBATCH_REQUEUE", "requeue", true},
    InputVariable{"SBATCH_RESERVATION", "reservation"},
    InputVariable{"SBATCH_SIGNAL", "signal"},
    InputVariable{"SBATCH_SPREAD_JOB", "spread-job", true},
    InputVariable{"SBATCH_THREAD_SPEC", "thread-spec"},
    InputVariable{"SBATCH_THREADS_PER_CORE", "threads-per-core"},
    InputVariable{"SBATCH_TIMELIMIT", "time"},
    InputVariable{"SBATCH_USE_MIN_NODES", "use-min-nodes", true},
    InputVariable{"SBATCH_WAIT_ALL_NODES", "wait-all-nodes"},
    InputVariable{"SBATCH_WCKEY", "wckey"},
    InputVariable{"SBATCH_EXCLUSIVE", "exclusive"},
};

}  // namespace

std::optional<InputVariable> find_input_variable(std::string_view variable) {
    const auto found = std::find_if(k_variables.begin(), k_variables.end(),
                                    [&](const InputVariable& one) { return one.variable == variable; });
    if (found == k_variables.end()) return std::nullopt;
    return *found;
}

}  // namespace sbraid

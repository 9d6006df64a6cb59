// The command line that an expert would have written.
//
// srun gets --export=ALL, since `export` = "NONE" of the job would hold for its steps too and take away what
// setup has loaded; and --cpus-per-task, which it does not take over from the job (since 22.05). Whether the
// other ranks end with the first that fails is left to the site (KillOnBadExit) and to SLURM_KILL_BAD_EXIT:
// ranks that are killed hide its exit code. torchrun makes 1 of every exit code, and its ranks would wait for
// each other: there the step ends at once.
//
// The batch script runs on the first node, so it can see whether a port is taken there. Jobs count up: the
// port of the next one is another.
#include "launch_words.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <vector>

#include "attempts.hpp"
#include "job_resources.hpp"
#include "sbraid/gpu_request.hpp"
#include "sbraid/shell_quote.hpp"

namespace sbraid {
namespace {

using Engine = Container::Engine;

bool says_how_many_ranks(const PlannedJob& job) {
    constexpr std::array<std::string_view, 5> k_options{"ntasks", "ntasks-per-node", "ntasks-per-gpu",
                                                        "ntasks-per-socket", "ntasks-per-core"};
    return std::any_of(k_options.begin(), k_options.end(),
                       [&](std::string_view name) { return option_value(job, name).has_value(); });
}

bool may_have_gpus(const PlannedJob& job) {
    return gpus_requested(job) != 0;
}

bool uses_srun(const Task& task) {
    return task.launch == Launcher::srun || task.launch == Launcher::torchrun ||
           task.container.engine == Engine::pyxis;
}

std::string mount_list(const Task& task) {
    std::string list;
    const auto add = [&list](std::string_view source, std::string_view target, bool read_only) {
        if (!list.empty()) list += ',';
        list += fmt::format("{}:{}{}", source, target, read_only ? ":ro" : "");
    };
    for (const Mount& mount : task.container.mounts) add(mount.source, mount.target, mount.read_only);
    if (task.container.engine == Engine::apptainer) return list;  // it mounts the working directory itself
    const bool is_there =
        std::any_of(task.container.mounts.begin(), task.container.mounts.end(), [&](const Mount& mount) {
            return task.workdir == mount.target || task.workdir.starts_with(mount.target + "/") ||
                   mount.target == "/";
        });
    if (!is_there) add(task.workdir, task.workdir, false);
    return list;
}

void add_srun(std::vector<std::string>& words, const PlannedJob& job, const Task& task,
              const ElementValues& values) {
    words.insert(words.end(), {"srun", "--export=ALL"});
    // Else --cpus-per-task would let it start as many ranks as fit on the nodes.
    if (task.launch == Launcher::srun && !says_how_many_ranks(job))
        words.emplace_back("--ntasks=\"$SLURM_NNODES\"");
    if (task.launch == Launcher::torchrun)
        words.insert(words.end(),
                     {"--ntasks=\"$SLURM_NNODES\"", "--ntasks-per-node=1", "--kill-on-bad-exit=1"});
    if (task.launch == Launcher::none) {  // one process with all that the node gives
        words.insert(words.end(), {"--nodes=1", "--ntasks=1", "--ntasks-per-node=1", "--cpu-bind=none"});
    } else if (const std::string_view cpus = option_value(job, "cpus-per-task").value_or(""); !cpus.empty()) {
        words.push_back(fmt::format("--cpus-per-task={}", cpus));
    }
    if (const SbatchOption* const bundle = task.option("container"); bundle != nullptr && bundle->value)
        words.push_back(shell_quote("--container=" + *bundle->value));
    if (task.container.engine != Engine::pyxis) return;
    words.push_back(values.word("--container-image=" + task.container.image));
    words.push_back(values.word("--container-mounts=" + mount_list(task)));
    words.push_back(shell_quote("--container-workdir=" + task.workdir));
}

void add_apptainer(std::vector<std::string>& words, const PlannedJob& job, const Task& task,
                   const ElementValues& values) {
    words.insert(words.end(), {"apptainer", "exec"});
    if (may_have_gpus(job)) words.emplace_back("--nv");
    if (const std::string mounts = mount_list(task); !mounts.empty())
        words.push_back("--bind=" + shell_quote(mounts));
    words.push_back(values.word(task.container.image));
}

void add_torchrun(std::vector<std::string>& words, const PlannedJob& job) {
    if (const std::string ignoring = ignore_signal(job.attempts); !ignoring.empty())
        words.push_back(ignoring);
    const auto gpus = gpus_on_each_node(job);
    // A number that only the nodes know torchrun finds out itself, on each; without GPUs there is one worker.
    const std::string workers = gpus ? fmt::format("{}", std::max<std::int64_t>(*gpus, 1)) : "gpu";
    words.insert(words.end(), {"torchrun", "--nnodes=\"$SLURM_NNODES\"", "--nproc-per-node=" + workers,
                               "--rdzv-backend=c10d", "--rdzv-endpoint=\"$MASTER_ADDR:$MASTER_PORT\"",
                               "--rdzv-id=\"$SLURM_JOB_ID.${SLURM_RESTART_COUNT:-0}\""});
}

bool binds_ranks(const PlannedJob& job, const Task& task) {
    const std::string_view cpus = option_value(job, "cpus-per-task").value_or("");
    return task.launch == Launcher::mpirun && !cpus.empty() && cpus != "1";
}

std::string wrapped(const std::vector<std::string>& words) {
    constexpr std::size_t k_width = 110;
    std::string text;
    std::size_t width = 0;
    for (const std::string& word : words) {
        if (width > 0 && width + word.size() > k_width) {
            text += " \\\n    ";
            width = 4;
        } else if (width > 0) {
            text += ' ';
        }
        text += word;
        width += word.size() + 1;
    }
    return text;
}

}  // namespace

bool is_launched(const Task& task) {
    return task.launch != Launcher::none || task.container.engine != Engine::none;
}

bool takes_arguments(Launcher launcher) {
    return launcher == Launcher::torchrun || launcher == Launcher::mpirun;
}

std::string rendezvous(const PlannedJob& job, const Task& task) {
    const bool meet =
        task.launch == Launcher::torchrun || (task.launch == Launcher::srun && may_have_gpus(job));
    if (!meet) return {};
    return "    # Where the ranks meet: the first node, and a port there that is free.\n"
           "    MASTER_ADDR=$(scontrol show hostnames \"$SLURM_JOB_NODELIST\" | head -n 1)\n"
           "    MASTER_PORT=$((10000 + SLURM_JOB_ID % 20000))\n"
           "    while (: <\"/dev/tcp/127.0.0.1/$MASTER_PORT\") 2>/dev/null; do MASTER_PORT=$((MASTER_PORT + "
           "1)); "
           "done\n"
           "    export MASTER_ADDR MASTER_PORT\n";
}

std::string launch_preparation(const PlannedJob& job, const Task& task) {
    if (!binds_ranks(job, task)) return {};
    // Open MPI 5 takes no PE from its environment (open-mpi/ompi issue 13586), and others know not its
    // options.
    const std::string_view cpus = option_value(job, "cpus-per-task").value_or("");
    return fmt::format(
        "# A rank has {0} cores, and stays on them.\n"
        "export I_MPI_PIN_DOMAIN={0}:compact\n"
        "case $(mpirun --version) in *'Open MPI'*) set -- --map-by slot:PE={0} --bind-to core ;; esac\n",
        cpus);
}

std::string launch_words(const PlannedJob& job, const Task& task, const ElementValues& values) {
    if (!is_launched(task)) return {};
    std::vector<std::string> words;
    if (uses_srun(task)) add_srun(words, job, task, values);
    if (task.launch == Launcher::mpirun) words.emplace_back("mpirun");
    if (binds_ranks(job, task)) words.emplace_back("\"$@\"");
    if (task.container.engine == Engine::apptainer) add_apptainer(words, job, task, values);
    if (task.container.engine != Engine::none && !task.env.empty()) {
        // Over what the image says.
        words.emplace_back("env");
        for (const auto& [name, value] : task.env) words.push_back(fmt::format("{0}=\"${0}\"", name));
    }
    if (task.launch == Launcher::torchrun) add_torchrun(words, job);
    return wrapped(words);
}

}  // namespace sbraid

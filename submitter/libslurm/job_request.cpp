#include "job_request.hpp"

#include <unistd.h>

#include <algorithm>

#include "option_rows.hpp"

// First each option for itself, by its row of the table; then what sbatch makes of several of them together:
// the number of ranks and nodes, the TRES, the paths, the environment.

namespace sbraid {

JobRequest::JobRequest(const sbraid_module_job& job, const Surroundings& surroundings)
    : environment(job.environment) {
    slurm_init_job_desc_msg(&desc);
    release::set_defaults(desc);
    surroundings.tell(environment);
    for (const char* const* option = job.options; *option != nullptr && trouble_.empty(); ++option)
        take(*option);
    if (!trouble_.empty()) return;
    desc.user_id = ::getuid();
    desc.group_id = ::getgid();
    desc.submit_line = keep(job.submit_line);
    desc.script = const_cast<char*>(job.script);  // is packed, not written to
    if (is_held) desc.priority = 0;
    count_ranks();
    fill_ranks();
    fill_tres();
    fill_files();
    tell_environment();
}

char* JobRequest::keep(std::string_view text) {
    texts_.emplace_back(text);
    return texts_.back().data();
}

job_desc_msg_t* JobRequest::message() {
    desc.environment = environment.data();
    desc.env_size = static_cast<std::uint32_t>(environment.size());
    return &desc;
}

void JobRequest::take(std::string_view option) {
    const auto equals = option.find('=');
    const bool has_value = equals != std::string_view::npos;
    const auto dashed = option.substr(0, equals);
    const auto* row = find_option_row(dashed.substr(std::min<std::size_t>(dashed.size(), 2)));
    if (row == nullptr) {
        trouble_ = std::string(dashed).append(" is left to sbatch");
        return;
    }
    const bool fits =
        has_value ? row->value != OptionRow::Value::none : row->value != OptionRow::Value::needed;
    const auto value = has_value ? option.substr(equals + 1) : std::string_view{};
    if (!fits || !row->take(*this, value)) trouble_ = std::string(option).append(" is left to sbatch");
}

/// --nodes, --ntasks and --ntasks-per-node make each other.
void JobRequest::count_ranks() {
    if (ranks.named_nodes) {
        if (ranks.nodes_set || ranks.is_set) {
            trouble_ = "--nodelist with --nodes or --ntasks is left to sbatch";
            return;
        }
        ranks.least_nodes = *ranks.named_nodes;
        ranks.nodes_set = true;
    }
    const bool one_size = ranks.most_nodes == 0 || ranks.least_nodes == ranks.most_nodes;
    if (!release::k_estimates_ranks && ranks.on_node && !ranks.is_set && one_size) {
        ranks.count = ranks.least_nodes * *ranks.on_node;
        ranks.is_set = true;
    }
    if (ranks.cpus) ranks.least_cpus = std::max(ranks.least_cpus.value_or(0), *ranks.cpus);
    const bool is_made_by_nodes = !release::k_estimates_ranks || !ranks.on_node;
    if (ranks.nodes_set && one_size && !ranks.is_set && is_made_by_nodes) {
        ranks.count = std::max(ranks.least_nodes, 1U);
        for (const auto& part : {ranks.sockets, ranks.cores, ranks.threads}) {
            ranks.count *= part.value_or(1);
            ranks.is_set = ranks.is_set || part.has_value();
        }
    } else if (ranks.nodes_set && ranks.is_set) {
        if (ranks.count < ranks.most_nodes) ranks.most_nodes = ranks.count;
        if (ranks.count < ranks.least_nodes) ranks.least_nodes = ranks.most_nodes = ranks.count;
    }
}

void JobRequest::fill_ranks() {
    auto estimate = ranks.count;
    const bool one_size = ranks.most_nodes == 0 || ranks.least_nodes == ranks.most_nodes;
    if (release::k_estimates_ranks && ranks.on_node && !ranks.is_set && one_size)
        estimate = ranks.least_nodes * *ranks.on_node;
    if (ranks.is_set) {
        desc.bitflags |= JOB_NTASKS_SET;
        desc.num_tasks = ranks.count;
    }
    if (ranks.overcommit) {
        desc.overcommit = 1;
        desc.min_cpus = std::max(ranks.least_nodes, 1U);
    } else if (ranks.cpus) {
        desc.min_cpus = estimate * *ranks.cpus;
    } else if (ranks.nodes_set && ranks.least_nodes == 0) {
        desc.min_cpus = 0;
    } else {
        desc.min_cpus = estimate;
    }
    if (ranks.cpus) {
        desc.bitflags |= JOB_CPUS_SET;
        desc.cpus_per_task = static_cast<std::uint16_t>(*ranks.cpus);
    }
    if (ranks.nodes_set) {
        desc.min_nodes = ranks.least_nodes;
        if (ranks.most_nodes != 0) desc.max_nodes = ranks.most_nodes;
    } else if (release::k_ranks_make_nodes && ranks.is_set && ranks.on_node) {
        desc.min_nodes = (ranks.count + *ranks.on_node - 1) / *ranks.on_node;
    }
    const auto put = [](std::uint16_t& field, const std::optional<std::uint32_t>& number) {
        if (number) field = static_cast<std::uint16_t>(*number);
    };
    put(desc.ntasks_per_node, ranks.on_node);
    put(desc.pn_min_cpus, ranks.least_cpus);
    put(desc.sockets_per_node, ranks.sockets);
    put(desc.cores_per_socket, ranks.cores);
    put(desc.threads_per_core, ranks.threads);
}

/// Where one request for GPUs makes other numbers (gres_job_state_validate() in src/common/gres.c), sbatch
/// does; empty: it does not.
std::string_view JobRequest::gpus_that_count() const {
    const bool has_gres = gres.starts_with(release::k_gpu) ||
                          gres.find(std::string(",").append(release::k_gpu)) != std::string::npos ||
                          (gres + ",").find(std::string(release::k_gres).append("gpu,")) != std::string::npos;
    const auto ways = int{desc.tres_per_job != nullptr} + int{!gpus_per_node.empty()} +
                      int{desc.tres_per_socket != nullptr} + int{!gpus_per_task.empty()} + int{has_gres};
    if (ways > 1) return "several options for GPUs together are";
    if (!gpus_per_task.empty() && !ranks.is_set) return "--gpus-per-task without --ntasks is";
    if (!gpus_per_task.empty() && desc.cpus_per_tres != nullptr)
        return "--gpus-per-task with --cpus-per-gpu is";
    return {};
}

void JobRequest::fill_tres() {
    if (const auto words = gpus_that_count(); !words.empty()) {
        trouble_ = std::string(words).append(" left to sbatch");
        return;
    }
    auto on_node = gpus_per_node;
    if (!gres.empty()) on_node += on_node.empty() ? gres : "," + gres;
    if (!on_node.empty()) desc.tres_per_node = keep(on_node);
    if constexpr (!release::k_has_tres_per_task) {
        if (gpus_per_task.empty()) return;
        desc.tres_per_task = keep(std::string(release::k_gpu).append(gpus_per_task));
        environment.set("SLURM_GPUS_PER_TASK", gpus_per_task);
    } else {
        std::string each;
        if (!gpus_per_task.empty()) {
            const auto colon = gpus_per_task.rfind(':');
            const auto type = colon == std::string::npos ? std::string{} : gpus_per_task.substr(0, colon);
            const auto count = gpus_per_task.substr(colon == std::string::npos ? 0 : colon + 1);
            each = "gres/gpu" + (type.empty() ? "" : ":" + type) + "=" + count;
            desc.tres_bind = keep("gres/gpu:per_task:" + count);
            environment.set("SLURM_TRES_BIND", desc.tres_bind);
        }
        if (release::k_cpus_are_tres && ranks.cpus)
            each = "cpu=" + std::to_string(*ranks.cpus) + (each.empty() ? "" : ",") + each;
        if (each.empty()) return;
        desc.tres_per_task = keep(each);
        environment.set("SLURM_TRES_PER_TASK", each);
    }
}

void JobRequest::fill_files() {
    const auto below = [](std::string_view base, std::string_view path) {
        return path.starts_with('/') ? std::string(path) : std::string(base).append("/").append(path);
    };
    const auto here = environment.value("SLURM_SUBMIT_DIR").value_or("");
    const auto work_dir = folder.empty() ? std::string(here) : below(here, folder);
    desc.work_dir = keep(work_dir);
    if (!output.empty()) desc.std_out = keep(below(work_dir, output));
    if (!error.empty()) desc.std_err = keep(below(work_dir, error));
    desc.std_in = keep(input.empty() ? "/dev/null" : below(work_dir, input));
}

void JobRequest::tell_environment() {
    if (exported && !environment.keep_exported(*exported)) {
        trouble_ = std::string("--export=").append(*exported).append(" is left to sbatch");
        return;
    }
    if (release::k_hides_token && !exported) environment.remove("SLURM_JWT");
    const auto tell = [this](std::string_view name, const std::optional<std::uint32_t>& number) {
        if (number) environment.set(name, std::to_string(*number));
    };
    tell("SLURM_CPUS_PER_TASK", ranks.cpus);
    if (ranks.is_set) {
        tell("SLURM_NPROCS", ranks.count);
        tell("SLURM_NTASKS", ranks.count);
    }
    tell("SLURM_NTASKS_PER_NODE", ranks.on_node);
    tell("SLURM_THREADS_PER_CORE", ranks.threads);
    if constexpr (release::k_tells_launchers) {
        environment.set("OMPI_MCA_plm_slurm_args", "--external-launcher");
        environment.set("PRTE_MCA_plm_slurm_args", "--external-launcher");
        const bool disabled = slurm_conf.mpi_params != nullptr &&
                              std::string_view(slurm_conf.mpi_params).find("disable_slurm_hydra_bootstrap") !=
                                  std::string_view::npos;
        const auto tell_hydra = [&](std::string_view bootstrap, std::string_view extra) {
            const auto chosen = environment.value(bootstrap);
            if (chosen ? *chosen != "slurm" : disabled) return;
            environment.set(bootstrap, "slurm");
            environment.set(extra, "--external-launcher");
        };
        tell_hydra("HYDRA_BOOTSTRAP", "HYDRA_LAUNCHER_EXTRA_ARGS");
        tell_hydra("I_MPI_HYDRA_BOOTSTRAP", "I_MPI_HYDRA_BOOTSTRAP_EXEC_EXTRA_ARGS");
    }
}

}  // namespace sbraid

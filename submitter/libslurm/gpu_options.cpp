#include "gpu_options.hpp"

#include <algorithm>
#include <string>

#include "job_request.hpp"
#include "option_values.hpp"
#include "release.hpp"

namespace sbraid {

namespace {

/// `2`, `h100:2`, `a100:1,h100:2` with the TRES before each.
std::string tres_of_gpus(std::string_view gpus) {
    std::string result;
    while (!gpus.empty()) {
        const auto word = gpus.substr(0, gpus.find(','));
        gpus.remove_prefix(std::min(gpus.size(), word.size() + 1));
        if (word.empty()) continue;
        if (!result.empty()) result += ',';
        result.append(release::k_gpu).append(word);
    }
    return result;
}

}  // namespace

bool take_cpus_per_gpu(JobRequest& job, std::string_view value) {
    if (!parse_number(value, 1)) return false;
    job.desc.cpus_per_tres = job.keep(std::string(release::k_gpu).append(value));
    job.environment.set("SLURM_CPUS_PER_GPU", value);
    return true;
}

bool take_gpus(JobRequest& job, std::string_view value) {
    job.desc.tres_per_job = job.keep(tres_of_gpus(value));
    job.environment.set("SLURM_GPUS", value);
    return true;
}

bool take_gpus_per_node(JobRequest& job, std::string_view value) {
    job.gpus_per_node = tres_of_gpus(value);
    job.environment.set("SLURM_GPUS_PER_NODE", value);
    return true;
}

bool take_gpus_per_socket(JobRequest& job, std::string_view value) {
    job.desc.tres_per_socket = job.keep(tres_of_gpus(value));
    job.environment.set("SLURM_GPUS_PER_SOCKET", value);
    return true;
}

/// With several types sbatch has a rule of its own.
bool take_gpus_per_task(JobRequest& job, std::string_view value) {
    job.gpus_per_task = value;
    return value.find(',') == std::string_view::npos;
}

/// `gpu:2,fs:1`, each as a TRES; `none` is the same as nothing.
bool take_gres(JobRequest& job, std::string_view value) {
    if (equal_ignoring_case(value, "none")) return true;
    if (equal_ignoring_case(value, "help") || equal_ignoring_case(value, "list")) return false;
    while (!value.empty()) {
        const auto word = value.substr(0, value.find(','));
        value.remove_prefix(std::min(value.size(), word.size() + 1));
        if (!job.gres.empty()) job.gres += ',';
        if (!word.starts_with(release::k_gres)) job.gres += release::k_gres;
        job.gres += word;
    }
    return true;
}

bool take_mem_per_gpu(JobRequest& job, std::string_view value) {
    const auto amount = parse_memory(value);
    if (!amount) return false;
    const auto digits = std::to_string(*amount);
    job.desc.mem_per_tres = job.keep(std::string(release::k_gpu).append(digits));
    job.environment.set("SLURM_MEM_PER_GPU", digits);
    return true;
}

}  // namespace sbraid

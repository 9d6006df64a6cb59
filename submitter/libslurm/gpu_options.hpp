#pragma once

#include <string_view>

// Options for GPUs and other TRES, for the table in option_rows.cpp. False: the value is left to sbatch.

namespace sbraid {

class JobRequest;

bool take_cpus_per_gpu(JobRequest& job, std::string_view value);
bool take_gpus(JobRequest& job, std::string_view value);
bool take_gpus_per_node(JobRequest& job, std::string_view value);
bool take_gpus_per_socket(JobRequest& job, std::string_view value);
bool take_gpus_per_task(JobRequest& job, std::string_view value);
bool take_gres(JobRequest& job, std::string_view value);
bool take_mem_per_gpu(JobRequest& job, std::string_view value);

}  // namespace sbraid

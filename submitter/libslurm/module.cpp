#include "module.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "job_request.hpp"
#include "release.hpp"

// libslurm's own functions are safe in threads (slurmrestd and srun use them so): each call has its own
// connection and its own errno, and slurm.conf is behind a lock.

namespace {

using sbraid::JobRequest;

std::unique_ptr<const sbraid::Surroundings>& surroundings() {
    static std::unique_ptr<const sbraid::Surroundings> the_one;
    return the_one;
}

void copy(std::string_view text, char* into, std::size_t size) {
    const auto length = std::min(text.size(), size - 1);
    std::memcpy(into, text.data(), length);
    into[length] = '\0';
}

/// As sbatch prints it, with what it says before it tries again: sbraid decides itself whether to.
std::string words_for(int error) {
    std::string words = "Batch job submission failed: ";
    words += slurm_strerror(error);
    if (error == sbraid::release::k_queue_is_full) return "Slurm job queue full\n" + words;
    if (error == ESLURM_NODES_BUSY) return "Job creation temporarily disabled\n" + words;
    if (error == EAGAIN) return "Slurm temporarily unable to accept job\n" + words;
    return words;
}

void start(const char** cli_filter) {
    slurm_init(nullptr);
    // Of its errors sbraid tells what is to be told.
    static std::array<char, 7> program{"sbraid"};
    sbraid_log_options options;
    options.stderr_level = 1;
    options.prefix_level = true;
    slurm_log_init(program.data(), options, 0, nullptr);
    surroundings() = std::make_unique<const sbraid::Surroundings>();
    *cli_filter = slurm_conf.cli_filter_plugins == nullptr ? "" : slurm_conf.cli_filter_plugins;
}

int maps(const sbraid_module_job* job, char* why, std::size_t size) {
    const JobRequest request(*job, *surroundings());
    copy(request.trouble(), why, size);
    return request.trouble().empty() ? 1 : 0;
}

void submit(const sbraid_module_job* job, sbraid_module_answer* answer) {
    *answer = {};
    JobRequest request(*job, *surroundings());
    if (!request.trouble().empty()) {
        answer->error = ESLURM_NOT_SUPPORTED;
        copy(request.trouble(), answer->text, sizeof answer->text);
        return;
    }
    submit_response_msg_t* response = nullptr;
    errno = 0;
    if (slurm_submit_batch_job(request.message(), &response) != SLURM_SUCCESS) {
        answer->error = errno;
        copy(words_for(answer->error), answer->text, sizeof answer->text);
    } else if (response != nullptr) {
        answer->job_id = sbraid::release::job_id(*response);
    }
    if (response != nullptr) slurm_free_submit_response_response_msg(response);
}

void release(std::uint32_t job_id, sbraid_module_answer* answer) {
    *answer = {};
    auto id = std::to_string(job_id);
    job_desc_msg_t update;
    slurm_init_job_desc_msg(&update);
    update.job_id_str = id.data();
    update.priority = INFINITE;
    job_array_resp_msg_t* response = nullptr;
    if (slurm_update_job2(&update, &response) != SLURM_SUCCESS) {
        answer->error = errno;
    } else if (response != nullptr) {  // of an array: one error for some of its elements
        const std::uint32_t* const begin = response->error_code;
        const auto* const end = begin + response->job_array_count;
        const auto* const bad = std::find_if(begin, end, [](std::uint32_t code) { return code != 0; });
        if (bad != end) answer->error = static_cast<int>(*bad);
    }
    if (response != nullptr) slurm_free_job_array_resp(response);
    if (answer->error != 0) {
        copy(std::string(slurm_strerror(answer->error)) + " for job " + id, answer->text,
             sizeof answer->text);
    }
}

constexpr sbraid_module k_module = {.abi = SBRAID_MODULE_ABI,
                                    .slurm = SBRAID_SLURM_RELEASE,
                                    .start = start,
                                    .maps = maps,
                                    .submit = submit,
                                    .release = release};

}  // namespace

extern "C" __attribute__((visibility("default"))) const sbraid_module* sbraid_libslurm_module() {
    return &k_module;
}

// The speed that the controller allows: the same small job COUNT times by slurm_submit_batch_job, on so many
// connections, and nothing else. usage: bare_submit COUNT CONNECTIONS SCRIPT
#include <slurm/slurm.h>
#include <slurm/slurm_errno.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace {

/// False: Slurm said no.
bool submit(std::string& script) {
    job_desc_msg_t job;
    slurm_init_job_desc_msg(&job);
    std::string name = "bare", folder = "/tmp", output = "/dev/null", comment = "a bare loop";
    job.name = name.data();
    job.work_dir = folder.data();
    job.std_out = output.data();
    job.std_in = output.data();
    job.comment = comment.data();
    job.script = script.data();
    job.user_id = ::getuid();
    job.group_id = ::getgid();
    job.min_cpus = 1;
    job.time_limit = 1;
    job.pn_min_memory = 10;
    job.environment = environ;
    for (job.env_size = 0; environ[job.env_size] != nullptr;) ++job.env_size;
    submit_response_msg_t* response = nullptr;
    const bool taken = slurm_submit_batch_job(&job, &response) == SLURM_SUCCESS;
    if (!taken) std::fprintf(stderr, "bare_submit: %s\n", slurm_strerror(errno));
    if (response != nullptr) slurm_free_submit_response_response_msg(response);
    return taken;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    const long count = std::strtol(argv[1], nullptr, 10);
    std::stringstream text;
    text << std::ifstream(argv[3]).rdbuf();
    std::string script = text.str();
    slurm_init(nullptr);
    std::atomic<long> next = 0;
    std::atomic<bool> failed = false;
    const auto begin = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (long i = 0; i < std::strtol(argv[2], nullptr, 10); ++i) {
        threads.emplace_back([&] {
            while (!failed && next++ < count)
                if (!submit(script)) failed = true;
        });
    }
    for (auto& thread : threads) thread.join();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::printf("%.0f\n", static_cast<double>(count) / took.count());
    return failed ? 1 : 0;
}

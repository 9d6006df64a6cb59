// A stand-in for slurmstepd, srun, sbatch and slurmd: the functions of spank.h as a table that tests fill.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

extern "C" {
#include <slurm/spank.h>
}

namespace sbraid::test {

struct HostTask {
    int local = 0;
    std::uint32_t global = 0;
    pid_t pid = 0;
    int status = 0;
};

// The state behind spank_get_item and spank_getenv. One for the process, because the interface leaves no
// other place.
struct Host {
    spank_context_t context = S_CTX_REMOTE;
    std::map<std::string, std::string> environment;
    std::uint32_t job = 12, step = 0, array_job = 0, array_task = 0, restart = 0, nodes = 1, ranks = 2;
    std::vector<gid_t> groups;
    bool has_task = false;
    HostTask task;
    // What the plugin did.
    int getenv_calls = 0, item_calls = 0;
    std::vector<std::string> log;
};
Host& host();

}  // namespace sbraid::test

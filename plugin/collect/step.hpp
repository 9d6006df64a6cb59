// The step that we record, as the shim named it, checked.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "sbraid/event.hpp"
#include "spank/protocol.hpp"

namespace sbraid::collect {

struct Step {
    StepKey key;
    std::uint32_t job_id = 0;  // SLURM_JOB_ID: also of an array's element its own
    bool is_script = false;    // batch or interactive: one rank, whatever runs in it
    std::uint32_t local_ranks = 0;
    std::uint32_t nodes = 0;
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups;
    std::string run_dir;  // the user's word: only the writer, as the user, opens it
    std::string gpus;     // Slurm's list
    std::string spool, nvml;

    // "12_3.0.n1", with ".r1" after a requeue: names this step on this node in writers and files.
    [[nodiscard]] std::string name() const;
};

// nullopt when the packet cannot be believed.
std::optional<Step> make_step(const protocol::Hello& hello);

}  // namespace sbraid::collect

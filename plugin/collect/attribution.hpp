// Whose process is this? From the pids that a GPU driver names to the ranks of our step.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "collect/step.hpp"

namespace sbraid::collect {

// What the kernel says of processes; a fake one in tests.
class ProcessTable {
  public:
    virtual ~ProcessTable() = default;
    // Text of /proc/PID/cgroup; empty when the process is gone.
    virtual std::string memberships(pid_t pid) = 0;
    // Text of /proc/PID/environ; empty when the process is gone or not ours to look at.
    virtual std::string environment(pid_t pid) = 0;
    struct Stat {
        pid_t parent = 0;
        std::uint64_t start_ticks = 0;
    };
    virtual std::optional<Stat> stat(pid_t pid) = 0;
};

// The running kernel's.
class ProcTable final : public ProcessTable {
  public:
    std::string memberships(pid_t pid) override;
    std::string environment(pid_t pid) override;
    std::optional<Stat> stat(pid_t pid) override;
};

// Parent and start time from the text of /proc/PID/stat, whose second field may hold anything.
std::optional<ProcessTable::Stat> parse_stat(std::string_view text);

struct Owner {
    std::optional<std::uint32_t> rank;  // of ours
    std::optional<bool> same_job;       // ours, or another step of the same job; nullopt: nobody can tell
    std::string who;                    // tells users of a GPU apart: a rank, a step, a job
};

// Learns ranks as they start. Not thread-safe.
class Attribution {
  public:
    // The batch or interactive step has one rank, 0, whatever runs in it. `memberships`: the text of our own
    // /proc/self/cgroup from before we left the step: tells the job.
    Attribution(ProcessTable& processes, const Step& step, const std::string& memberships);

    void rank_started(std::uint32_t rank, pid_t pid);
    // Its pid may be somebody else's from now on. What is known of its processes stays.
    void rank_ended(std::uint32_t rank);

    // By the step's cgroup and its task_N; else by descent from a rank; else by its environment. Remembered,
    // because a driver goes on naming processes that are gone. nullopt: gone before anybody looked.
    std::optional<Owner> owner(pid_t pid);

  private:
    struct Known {
        Owner owner;
        std::uint64_t start_ticks = 0;
    };

    struct RankProcess {
        std::uint32_t rank = 0;
        std::uint64_t start_ticks = 0;  // with the pid it names one process for ever
    };

    [[nodiscard]] std::optional<Owner> by_cgroup(const std::string& memberships, pid_t pid);
    [[nodiscard]] std::optional<std::uint32_t> by_descent(pid_t pid);
    [[nodiscard]] std::optional<Owner> by_environment(const std::string& environment) const;
    [[nodiscard]] Owner of_our_step() const;
    void remember(pid_t pid, Owner owner, std::uint64_t start_ticks);
    [[nodiscard]] Owner rank_owner(std::uint32_t rank) const;

    ProcessTable& processes_;
    bool is_script_;
    std::uint32_t local_ranks_;                          // of the step on this node; 0: not known
    std::string job_id_, step_id_;                       // as SLURM_JOB_ID and SLURM_STEP_ID
    std::string job_;                                    // "" unknown
    std::set<std::string> steps_;                        // of ours: one path mostly
    std::map<std::uint32_t, std::uint32_t> task_ranks_;  // task_N -> rank
    std::map<pid_t, RankProcess> rank_pids_;             // of ranks that have not ended
    std::set<std::uint32_t> ranks_;                      // that ever started
    std::map<pid_t, Known> known_;
};

}  // namespace sbraid::collect

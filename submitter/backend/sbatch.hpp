#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.hpp"
#include "backend/call_bounds.hpp"
#include "io/process.hpp"

namespace sbraid {

/// Slurm through its own commands: sbatch, squeue, sacct, scancel, scontrol. The reference for every other
/// way.
class SbatchBackend final : public Backend {
  public:
    struct Settings {
        std::vector<std::string> environment;  ///< of the commands: Environment::for_slurm()
        std::string user;     ///< whose jobs, or several with commas; squeue is asked for theirs alone
        std::string run;      ///< whose token a job may carry; empty: any
        std::string cluster;  ///< --clusters; empty: the default one
        std::size_t connections = 4;         ///< so many sbatch at a time
        const CallBounds* bounds = nullptr;  ///< looked at by each call; null: none
        int inherit_fd = -1;  ///< a lock that an sbatch, scancel or scontrol under way keeps if we die
        std::chrono::seconds submit_timeout{300};
        std::chrono::seconds call_timeout{120};
        std::function<void(std::string_view)> trace{};  ///< told each command line; may be empty
        std::function<void(std::string_view)> warn{};   ///< told what Slurm did not grant; may be empty
        std::function<void(std::string_view)> slow{};   ///< told which command takes its time; may be empty
    };
    explicit SbatchBackend(Settings settings);

    [[nodiscard]] std::string name() const override { return "sbatch"; }
    void submit(std::span<const SubmitRequest> requests,
                const std::function<bool(std::size_t, SubmitOutcome)>& done) override;
    Result<std::vector<FoundJob>> find(const std::string& run) override;
    Result<std::vector<JobStatus>> query(std::span<const JobId> jobs) override;
    Result<std::vector<JobStatus>> look_up(std::span<const JobId> jobs) override;
    Result<std::optional<std::vector<SacctRow>>> account(std::span<const JobId> jobs,
                                                         Timestamp since) override;
    Result<void> cancel(std::span<const JobKey> keys) override;
    Result<void> release(std::span<const ReleaseRequest> requests) override;
    [[nodiscard]] const std::map<std::string, std::size_t>& calls() const override { return calls_; }

    /// The second half of release(): what is not granted is a warning.
    void set_priorities(std::span<const ReleaseRequest> requests);

    /// What sbatch finds in its environment for this job, whoever submits it.
    [[nodiscard]] std::vector<std::string> environment_of(const SubmitRequest& wanted) const;

    /// `scontrol show config` as name -> value.
    Result<std::map<std::string, std::string>> config();

  private:
    [[nodiscard]] ProcessRequest request(std::vector<std::string> argv, std::chrono::seconds timeout);
    ProcessResult call(std::vector<std::string> argv);
    Result<std::vector<JobStatus>> queue();
    /// Those of the listed jobs whose submit line has a token of the run.
    std::vector<FoundJob> find_by_submit_line(const std::string& run, std::vector<JobStatus> unnamed);

    Settings settings_;
    std::string trouble_;  ///< client_trouble(): then nothing is called
    std::map<std::string, std::size_t> calls_;
    bool said_slow_ = false;  ///< of several at a time one is enough
};

}  // namespace sbraid

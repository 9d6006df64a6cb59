#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "backend/backend.hpp"
#include "backend/call_bounds.hpp"
#include "backend/call_pool.hpp"
#include "backend/libslurm_module.hpp"
#include "backend/sbatch.hpp"

namespace sbraid {

/// Slurm through its library: submits and releases, a call for each job, on several connections of this
/// process. Everything else, a few calls for all jobs of a run together, is done by the commands.
class LibslurmBackend final : public Backend {
  public:
    struct Settings {
        std::size_t connections = 4;
        const CallBounds* bounds = nullptr;  ///< null: none
        std::chrono::milliseconds call_timeout{300'000};
        std::function<void(std::string_view)> trace{};  ///< told each submission; may be empty
    };
    LibslurmBackend(std::shared_ptr<const LibslurmModule> module, std::unique_ptr<SbatchBackend> commands,
                    Settings settings);

    [[nodiscard]] std::string name() const override { return "libslurm"; }
    /// A call that is under way when the bounds end, or some time after a signal, is left to itself and
    /// Unclear.
    void submit(std::span<const SubmitRequest> requests,
                const std::function<bool(std::size_t, SubmitOutcome)>& done) override;
    Result<std::vector<FoundJob>> find(const std::string& run) override { return commands_->find(run); }
    Result<std::vector<JobStatus>> query(std::span<const JobId> jobs) override {
        return commands_->query(jobs);
    }
    Result<std::vector<JobStatus>> look_up(std::span<const JobId> jobs) override {
        return commands_->look_up(jobs);
    }
    Result<std::optional<std::vector<SacctRow>>> account(std::span<const JobId> jobs,
                                                         Timestamp since) override {
        return commands_->account(jobs, since);
    }
    Result<void> cancel(std::span<const JobKey> keys) override { return commands_->cancel(keys); }
    Result<void> release(std::span<const ReleaseRequest> requests) override;
    [[nodiscard]] const std::map<std::string, std::size_t>& calls() const override;

  private:
    [[nodiscard]] CallPool::Limits limits() const;
    std::shared_ptr<const LibslurmModule> module_;
    std::unique_ptr<SbatchBackend> commands_;
    Settings settings_;
    std::size_t submissions_ = 0;
    std::size_t releases_ = 0;
    mutable std::map<std::string, std::size_t> calls_;
};

}  // namespace sbraid

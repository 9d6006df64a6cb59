#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backend/backend.hpp"
#include "libslurm/module.h"

namespace sbraid {

/// A module of ours for one release of Slurm (libslurm/module.h), opened and started. It stays in this
/// process to its end: libslurm has plugins and threads of its own that nothing may pull away from under
/// them.
class LibslurmModule {
  public:
    /// Looks for the module of a release, `22.05`, where this program was installed. Error: there is none, or
    /// none that can be used, in words that go behind "because".
    [[nodiscard]] static Result<std::shared_ptr<const LibslurmModule>> open(const std::string& release);

    /// CliFilterPlugins of slurm.conf, which sbatch would run; empty: none.
    [[nodiscard]] const std::string& cli_filter() const { return cli_filter_; }

    /// `arguments`: of sbatch_arguments(). Empty: the module submits such a job as sbatch would; else why
    /// not, with the option. Asks nobody.
    [[nodiscard]] std::string trouble_with(const std::vector<std::string>& arguments) const;

    /// One job, on a connection of its own; takes as long as Slurm's MessageTimeout allows. From any thread.
    [[nodiscard]] SubmitOutcome submit(const std::vector<std::string>& arguments,
                                       const std::vector<std::string>& environment,
                                       const std::string& script) const;

    /// Ends the hold of one job or array. Slurm's own words where it says no. From any thread.
    [[nodiscard]] Result<void> release(JobId job) const;

  private:
    explicit LibslurmModule(const sbraid_module& module);
    const sbraid_module* module_;
    std::string cli_filter_;
};

}  // namespace sbraid

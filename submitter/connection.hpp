#pragma once

#include <compare>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app.hpp"
#include "backend/sbatch.hpp"
#include "preferences.hpp"
#include "run.hpp"
#include "sbraid/journal/journal.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid {

struct ChosenBackend;

/// The way to Slurm for a run: asks for the jobs of the run's owner, on the run's cluster. `lock_fd`: the run
/// lock, kept by each sbatch, scancel and scontrol; -1: none. `bounds` outlives what comes back.
[[nodiscard]] std::unique_ptr<SbatchBackend> connect(const App& app, const Run& run,
                                                     const Preferences& preferences, int lock_fd = -1,
                                                     const CallBounds* bounds = nullptr);

/// The same for who submits: the way that was chosen for the run.
[[nodiscard]] std::unique_ptr<Backend> connect_to_submit(const App& app, const Run& run,
                                                         const Preferences& preferences,
                                                         const ChosenBackend& chosen, int lock_fd,
                                                         const CallBounds& bounds);

/// The same for a look at several runs of one cluster (`runs` is not empty): asks for the jobs of all their
/// owners.
[[nodiscard]] std::unique_ptr<SbatchBackend> connect_all(const App& app, const std::vector<const Run*>& runs,
                                                         const Preferences& preferences);

/// --clusters of the run's jobs; empty: the default cluster.
[[nodiscard]] std::string cluster_of(const Run& run);

/// A journal of ours with a writer name that no other process has.
[[nodiscard]] Result<Journal> open_journal(const std::string& run_dir, std::string_view command);

/// What --kill-on-invalid-dep is to be. `auto` is yes, but no on 25.11.0 to 25.11.4, where it can leave
/// runaway jobs in the accounting.
[[nodiscard]] bool decide_kill_on_invalid_dep(const App& app, KillInvalidDep wish);

struct SlurmRelease {
    int major = 0, minor = 0;  ///< 23, 11
    friend auto operator<=>(const SlurmRelease&, const SlurmRelease&) = default;
};
/// The release in `slurm-wlm 22.05.8`.
[[nodiscard]] std::optional<SlurmRelease> parse_slurm_release(std::string_view text);
/// Of the sbatch in our PATH, which is asked; nullopt: there is none, or it does not say.
[[nodiscard]] std::optional<SlurmRelease> slurm_release(const App& app);

/// MaxArraySize of the cluster's slurm.conf. Asked only where the workflow has an array; nullopt also when
/// Slurm does not answer, which the submission will tell.
[[nodiscard]] std::optional<std::uint32_t> max_array_size(const App& app, const Workflow& workflow);

/// Says under -v how often each command of Slurm was called, when its life ends: however a command ends.
class CallReport {
  public:
    CallReport(const App& app, const Backend& backend) : app_(&app), backend_(&backend) {}
    ~CallReport();
    CallReport(const CallReport&) = delete;
    CallReport& operator=(const CallReport&) = delete;

  private:
    const App* app_;
    const Backend* backend_;
};

}  // namespace sbraid

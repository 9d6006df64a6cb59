#pragma once

#include <memory>
#include <string>

#include "app.hpp"
#include "failure.hpp"
#include "preferences.hpp"
#include "sbraid/plan.hpp"

namespace sbraid {

class LibslurmModule;

/// The way by which a run is submitted.
struct ChosenBackend {
    std::shared_ptr<const LibslurmModule> module;  ///< null: by sbatch
};

/// libslurm where its module is there for the Slurm that is here, sbatch would run nothing of the site's (a
/// cli_filter plugin, a script in place of sbatch), and the module can do every option of every job of the
/// plan; else sbatch, with the reason under -v. Failure: the wish is for libslurm, and that cannot be.
/// Submits nothing; asks sbatch for its version.
[[nodiscard]] tl::expected<ChosenBackend, Failure> choose_backend(const App& app, const SubmissionPlan& plan,
                                                                  BackendWish wish);

/// The module for the Slurm that is here. Error: why libslurm can submit nothing, in words that go behind
/// "because".
[[nodiscard]] Result<std::shared_ptr<const LibslurmModule>> find_libslurm(const App& app);

}  // namespace sbraid

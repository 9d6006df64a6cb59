#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app.hpp"
#include "sbraid/gpu_style.hpp"

namespace sbraid {

enum class KillInvalidDep { automatic, yes, no };
/// The way that jobs are submitted; automatic: the quickest that serves (backend_choice.hpp).
enum class BackendWish { automatic, sbatch, libslurm };

/// How the user and the site want Slurm to be dealt with. Flags win over SBRAID_* variables, over
/// ~/.config/sbraid/config.toml, over /etc/sbraid/config.toml.
struct Preferences {
    std::chrono::seconds patience{600};  ///< how long writers wait for a Slurm that does not answer
    std::size_t connections = 4;         ///< so many submissions at a time
    BackendWish backend = BackendWish::automatic;
    KillInvalidDep kill_invalid_dep = KillInvalidDep::automatic;
    std::vector<std::string> gate_options;  ///< `--partition=cpu`: table [gate], where gate jobs may run
    std::optional<GpuStyle> gpu_style;      ///< how plain requests for GPUs are spelled; absent: as written
    std::vector<Error> wrong_files{};       ///< see WrongFiles
};

/// What to do about a configuration file with a mistake in it.
enum class WrongFiles {
    are_errors,  ///< for who submits: what the site asks for would be missing
    /// For who looks at what is there, or cancels it: nothing of such a file is obeyed, and a warning says
    /// so.
    are_warnings,
    are_noted,  ///< nothing of such a file is obeyed, and Preferences::wrong_files has its mistake
};

/// Error (usage) for a value that is not right, with the place that it came from.
[[nodiscard]] Result<Preferences> read_preferences(const App& app, const Options& options,
                                                   WrongFiles wrong_files = WrongFiles::are_errors);

}  // namespace sbraid

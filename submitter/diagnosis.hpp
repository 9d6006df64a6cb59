#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app.hpp"
#include "backend/sbatch.hpp"
#include "preferences.hpp"
#include "run.hpp"

namespace sbraid {

enum class Health { ok, warn, fail };

/// One thing that `doctor` has looked at.
struct Finding {
    std::string check;  ///< "controller", "plugin"...: stable, for programs
    Health health = Health::ok;
    std::string what;      ///< what was found
    std::string advice{};  ///< what to do about it; empty when all is well
};

/// Looks at sbraid, Slurm, its configuration, the plugin, and the directory where runs would go. `newest`:
/// the newest run here, when there is one.
[[nodiscard]] std::vector<Finding> diagnose(const App& app, SbatchBackend& backend,
                                            const Preferences& preferences, const std::optional<Run>& newest);

}  // namespace sbraid

#pragma once

#include <string>
#include <vector>

namespace sbraid {

/// What is wrong with the Slurm of this machine, as far as can be seen without calling it; empty: nothing.
/// `environment`: of the calls.
[[nodiscard]] std::string client_trouble(const std::vector<std::string>& environment);

/// The sbatch in PATH is a script: the site's own, which may do more than to call Slurm's.
[[nodiscard]] bool sbatch_is_script(const std::vector<std::string>& environment);

}  // namespace sbraid

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sbraid {

/// The environment of the process, captured once at the start and handed down as a value: nothing below calls
/// getenv.
class Environment {
  public:
    Environment() = default;
    explicit Environment(std::map<std::string, std::string> values);
    [[nodiscard]] static Environment capture();

    /// nullopt when it is not set; an empty value is a value.
    [[nodiscard]] std::optional<std::string> get(std::string_view name) const;
    /// Set and not empty.
    [[nodiscard]] bool has(std::string_view name) const;

    /// The SBATCH_* variables. They are read once, at submission, as the weakest defaults (plan() knows which
    /// of them sbatch(1) documents as input); afterwards nothing of them leaks.
    [[nodiscard]] std::map<std::string, std::string> sbatch_input() const;

    /// `NAME=value` for a program of Slurm: without SLURM_*, SBATCH_*, SQUEUE_*, SACCT_*, SCANCEL_* and PMI*,
    /// so that a submission from inside a job is like one from outside, but with SLURM_CONF, SLURM_JWT, and
    /// times as epoch seconds.
    [[nodiscard]] std::vector<std::string> for_slurm() const;

  private:
    std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace sbraid

#include "io/environment.hpp"

#include <unistd.h>

#include <array>

// Slurm's own commands are steered by dozens of variables. A shell inside an allocation has many of them set
// (SLURM_CPU_BIND, SLURM_MEM_PER_CPU, ...), which would silently change what a nested sbatch asks for, and
// SQUEUE_*/SACCT_* would change what the status commands print. All are dropped but those that say which
// cluster to talk to and who we are.

namespace sbraid {

namespace {

constexpr std::array<std::string_view, 5> k_dropped_prefixes = {"SLURM_", "SBATCH_", "PMI", "SQUEUE_",
                                                                "SACCT_"};
constexpr std::array<std::string_view, 3> k_kept = {"SLURM_CONF", "SLURM_JWT", "SLURM_CONF_SERVER"};

bool leaks(std::string_view name) {
    for (auto kept : k_kept) {
        if (name == kept) return false;
    }
    for (auto prefix : k_dropped_prefixes) {
        if (name.starts_with(prefix)) return true;
    }
    return name == "SCANCEL_VERBOSE" || name.starts_with("SCANCEL_") || name.starts_with("SCONTROL_");
}

}  // namespace

Environment::Environment(std::map<std::string, std::string> values) : values_(values.begin(), values.end()) {}

Environment Environment::capture() {
    Environment result;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const auto equals = text.find('=');
        if (equals == std::string_view::npos || equals == 0) continue;
        result.values_.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return result;
}

std::optional<std::string> Environment::get(std::string_view name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) return std::nullopt;
    return found->second;
}

bool Environment::has(std::string_view name) const {
    const auto found = values_.find(name);
    return found != values_.end() && !found->second.empty();
}

std::map<std::string, std::string> Environment::sbatch_input() const {
    std::map<std::string, std::string> result;
    for (const auto& [name, value] : values_) {
        if (name.starts_with("SBATCH_")) result.emplace(name, value);
    }
    return result;
}

std::vector<std::string> Environment::for_slurm() const {
    std::vector<std::string> result;
    for (const auto& [name, value] : values_) {
        if (!leaks(name)) result.push_back(std::string(name).append("=").append(value));
    }
    return result;
}

}  // namespace sbraid

#include "backend/client.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <string_view>
#include <system_error>

// Slurm's commands wait a minute for a slurm.conf that is not there (s_p_parse_file() in parse_config.c),
// also sbatch --version. So the one that SLURM_CONF names is looked at first.

namespace sbraid {

namespace {

std::string_view value_of(const std::vector<std::string>& environment, std::string_view name) {
    for (const std::string_view entry : environment) {
        if (entry.starts_with(name) && entry.substr(name.size()).starts_with('='))
            return entry.substr(name.size() + 1);
    }
    return {};
}

/// Where it is; empty: not in the path. posix_spawnp() looks in the PATH of this process, which is that of
/// the calls: it is handed on as it is.
std::string find_in_path(std::string_view path, std::string_view program) {
    while (true) {
        const auto folder = path.substr(0, path.find(':'));
        auto file = fmt::format("{}/{}", folder.empty() ? "." : folder, program);
        if (::access(file.c_str(), X_OK) == 0) return file;
        if (folder.size() == path.size()) return {};
        path.remove_prefix(folder.size() + 1);
    }
}

}  // namespace

std::string client_trouble(const std::vector<std::string>& environment) {
    const auto path = value_of(environment, "PATH");
    // Without a PATH the C library has one of its own.
    if (!path.empty() && find_in_path(path, "sbatch").empty()) return "there is no sbatch in PATH";
    const std::string conf(value_of(environment, "SLURM_CONF"));
    if (!conf.empty() && ::access(conf.c_str(), R_OK) != 0) {
        return fmt::format("SLURM_CONF names '{}', which cannot be read: {}", conf,
                           std::generic_category().message(errno));
    }
    return {};
}

bool sbatch_is_script(const std::vector<std::string>& environment) {
    const auto file = find_in_path(value_of(environment, "PATH"), "sbatch");
    std::array<char, 2> start{};
    return !file.empty() && std::ifstream(file).read(start.data(), start.size()) &&
           std::string_view(start.data(), start.size()) == "#!";
}

}  // namespace sbraid

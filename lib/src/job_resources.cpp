#include "job_resources.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <string_view>
#include <vector>

#include "sbraid/gpu_request.hpp"

namespace sbraid {
namespace {

std::optional<std::string_view> value_of(const PlannedJob& job, std::string_view name) {
    for (const std::string_view option : job.options) {
        if (option.size() > name.size() + 3 && option.starts_with("--") &&
            option.substr(2, name.size()) == name && option[name.size() + 2] == '=') {
            return option.substr(name.size() + 3);
        }
    }
    return std::nullopt;
}

}  // namespace

std::string resources_in_short(const PlannedJob& job) {
    std::vector<std::string> parts;
    const auto add = [&](std::string_view option, std::string_view one, std::string_view many) {
        const auto value = value_of(job, option);
        if (value) parts.push_back(fmt::format("{} {}", *value, *value == "1" ? one : many));
    };
    add("nodes", "node", "nodes");
    add("ntasks", "rank", "ranks");
    add("ntasks-per-node", "rank/node", "ranks/node");
    const bool has_ranks = value_of(job, "ntasks") || value_of(job, "ntasks-per-node");
    add("cpus-per-task", has_ranks ? "CPU/rank" : "CPU", has_ranks ? "CPUs/rank" : "CPUs");
    const auto gpus = gpus_requested(job);
    if (!gpus) parts.emplace_back("GPUs");
    if (gpus.value_or(0) > 0) parts.push_back(fmt::format("{} GPU{}", *gpus, *gpus == 1 ? "" : "s"));
    if (const auto mem = value_of(job, "mem")) parts.emplace_back(*mem);
    if (const auto mem = value_of(job, "mem-per-cpu")) parts.push_back(fmt::format("{}/CPU", *mem));
    if (const auto mem = value_of(job, "mem-per-gpu")) parts.push_back(fmt::format("{}/GPU", *mem));
    if (const auto time = value_of(job, "time")) parts.emplace_back(*time);
    if (job.singleton) parts.emplace_back("singleton");
    return fmt::format("{}", fmt::join(parts, " · "));
}

}  // namespace sbraid

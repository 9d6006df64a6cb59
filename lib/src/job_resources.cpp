#include "job_resources.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <string_view>
#include <vector>

#include "sbraid/gpu_request.hpp"

namespace sbraid {
std::optional<std::string_view> option_value(const PlannedJob& job, std::string_view name) {
    for (const std::string_view option : job.options) {
        if (option.starts_with("--") && option.substr(2).starts_with(name) &&
            option.substr(2 + name.size()).starts_with('='))
            return option.substr(name.size() + 3);
    }
    return std::nullopt;
}

std::string resources_in_short(const PlannedJob& job) {
    std::vector<std::string> parts;
    const auto add = [&](std::string_view option, std::string_view one, std::string_view many) {
        const auto value = option_value(job, option);
        if (value) parts.push_back(fmt::format("{} {}", *value, *value == "1" ? one : many));
    };
    add("nodes", "node", "nodes");
    add("ntasks", "rank", "ranks");
    add("ntasks-per-node", "rank/node", "ranks/node");
    const bool has_ranks = option_value(job, "ntasks") || option_value(job, "ntasks-per-node");
    add("cpus-per-task", has_ranks ? "CPU/rank" : "CPU", has_ranks ? "CPUs/rank" : "CPUs");
    const auto gpus = gpus_requested(job);
    if (!gpus) parts.emplace_back("GPUs");
    if (gpus.value_or(0) > 0) parts.push_back(fmt::format("{} GPU{}", *gpus, *gpus == 1 ? "" : "s"));
    if (const auto mem = option_value(job, "mem")) parts.emplace_back(*mem);
    if (const auto mem = option_value(job, "mem-per-cpu")) parts.push_back(fmt::format("{}/CPU", *mem));
    if (const auto mem = option_value(job, "mem-per-gpu")) parts.push_back(fmt::format("{}/GPU", *mem));
    if (const auto time = option_value(job, "time")) parts.emplace_back(*time);
    if (job.singleton) parts.emplace_back("singleton");
    return fmt::format("{}", fmt::join(parts, " · "));
}

}  // namespace sbraid

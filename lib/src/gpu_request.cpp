// The count is the last number of `[gres/]gpu[:TYPE][:N]`, 1 when there is none; a request per node or per
// rank is multiplied by the nodes or ranks that the job asks for (the least of a range, as Slurm starts
// with).

#include "sbraid/gpu_request.hpp"

#include <map>
#include <string>
#include <string_view>

#include "slurm_fields.hpp"

namespace sbraid {
namespace {

using Options = std::map<std::string, std::string, std::less<>>;

std::string_view next_word(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r"), text.size()));
    const auto word = text.substr(0, std::min(text.find_first_of(" \t\r"), text.size()));
    text.remove_prefix(word.size());
    return word;
}

std::string_view long_name(char letter) {
    switch (letter) {
        case 'G':
            return "gpus";
        case 'N':
            return "nodes";
        case 'n':
            return "ntasks";
        default:
            return {};
    }
}

/// `--name=value`, `--name value`, and the short forms that matter here.
void read_sbatch_line(std::string_view line, Options& options) {
    for (std::string_view word = next_word(line); !word.empty() && word.front() != '#';
         word = next_word(line)) {
        if (word.starts_with("--")) {
            word.remove_prefix(2);
            const auto equals = word.find('=');
            const bool inside = equals != std::string_view::npos;
            const std::string_view name = word.substr(0, equals);
            const std::string_view value = inside ? word.substr(equals + 1) : next_word(line);
            options.insert_or_assign(std::string(name), std::string(value));
        } else if (word.size() >= 2 && word.front() == '-' && !long_name(word[1]).empty()) {
            const std::string_view value = word.size() > 2 ? word.substr(2) : next_word(line);
            options.insert_or_assign(std::string(long_name(word[1])), std::string(value));
        }
    }
}

Options options_of(const PlannedJob& job) {
    Options options;
    for (const std::string& line : job.sbatch_lines) read_sbatch_line(line, options);
    for (const std::string& option : job.options) {
        const auto equals = option.find('=');
        if (!option.starts_with("--") || equals == std::string::npos) continue;
        options.insert_or_assign(option.substr(2, equals - 2), option.substr(equals + 1));
    }
    return options;
}

/// `h100:4`, `4`, `h100`: the number at the end, else 1. A socket list (`4(S:0-1)`) does not count.
std::int64_t count_at_end(std::string_view spec) {
    spec = spec.substr(0, spec.find('('));
    const auto colon = spec.rfind(':');
    const auto last = colon == std::string_view::npos ? spec : spec.substr(colon + 1);
    return slurm_fields::to_integer(last).value_or(1);
}

template <class Visit>
void each_part(std::string_view list, Visit visit) {
    while (!list.empty()) {
        const auto comma = list.find(',');
        visit(list.substr(0, comma));
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
}

/// `h100:2,a100:1`.
std::int64_t gpus_of_list(std::string_view list) {
    std::int64_t sum = 0;
    each_part(list, [&](std::string_view part) { sum += count_at_end(part); });
    return sum;
}

/// `gpu:h100:4,shard:2` and the tres spelling `gres/gpu:4,cpu=1`: the GPUs among other things.
std::int64_t gpus_of_gres(std::string_view list) {
    std::int64_t sum = 0;
    each_part(list, [&](std::string_view part) {
        for (const std::string_view prefix : {"gres/", "gres:"}) {
            if (part.starts_with(prefix)) part.remove_prefix(prefix.size());
        }
        if (part != "gpu" && !part.starts_with("gpu:") && !part.starts_with("gpu=")) return;
        part.remove_prefix(std::min<std::size_t>(part.size(), 4));
        sum += part.empty() ? 1 : count_at_end(part);
    });
    return sum;
}

std::optional<std::int64_t> number(const Options& options, std::string_view name) {
    const auto found = options.find(name);
    if (found == options.end()) return std::nullopt;
    const std::string_view text = found->second;
    return slurm_fields::to_integer(text.substr(0, text.find('-')));
}

}  // namespace

std::optional<std::int64_t> gpus_requested(const PlannedJob& job) {
    const Options options = options_of(job);
    const auto text = [&](std::string_view name) -> const std::string* {
        const auto found = options.find(name);
        return found == options.end() ? nullptr : &found->second;
    };
    const std::int64_t nodes = number(options, "nodes").value_or(1);
    const auto per_node = number(options, "ntasks-per-node");
    const std::int64_t ranks = number(options, "ntasks").value_or(per_node ? *per_node * nodes : nodes);
    if (text("gpus-per-socket") != nullptr || text("tres-per-socket") != nullptr) return std::nullopt;
    if (const auto* gpus = text("gpus")) return gpus_of_list(*gpus);
    if (const auto* gpus = text("gpus-per-node")) return gpus_of_list(*gpus) * nodes;
    if (const auto* gpus = text("gpus-per-task")) return gpus_of_list(*gpus) * ranks;
    if (const auto* tres = text("tres-per-job")) return gpus_of_gres(*tres);
    if (const auto* tres = text("tres-per-task")) return gpus_of_gres(*tres) * ranks;
    if (const auto* tres = text("tres-per-node")) return gpus_of_gres(*tres) * nodes;
    if (const auto* gres = text("gres")) return gpus_of_gres(*gres) * nodes;
    return 0;
}

std::optional<std::int64_t> gpus_on_each_node(const PlannedJob& job) {
    const auto all = gpus_requested(job);
    if (!all || *all == 0) return all;
    const Options options = options_of(job);
    for (const std::string_view name : {"gpus", "tres-per-job"})
        if (options.contains(name)) return number(options, "nodes") == 1 ? all : std::nullopt;
    if (const auto found = options.find("gpus-per-node"); found != options.end())
        return gpus_of_list(found->second);
    if (const auto found = options.find("gpus-per-task"); found != options.end())
        return gpus_of_list(found->second);
    if (const auto found = options.find("tres-per-task"); found != options.end())
        return gpus_of_gres(found->second);
    if (const auto found = options.find("tres-per-node"); found != options.end())
        return gpus_of_gres(found->second);
    return gpus_of_gres(options.at("gres"));
}

}  // namespace sbraid

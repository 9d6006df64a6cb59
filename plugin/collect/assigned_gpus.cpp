// Slurm counts GPUs in the order in which they stand on the PCI bus, because CUDA does (its gres_common.c
// says so, since 20.11), and NVML's index is the same. The number of the device file is another one on some
// machines.
#include "collect/assigned_gpus.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "spank/protocol.hpp"

namespace sbraid::collect {
namespace {

constexpr unsigned k_most_number = 4096;

std::optional<unsigned> number(std::string_view text) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value > k_most_number)
        return std::nullopt;
    return value;
}

// True when the word named a GPU of this node.
bool take_number(unsigned wanted, const std::vector<Gpu>& gpus, std::set<std::size_t>& found) {
    for (std::size_t i = 0; i < gpus.size(); ++i) {
        if (gpus[i].index != wanted) continue;
        found.insert(i);
        return true;
    }
    return false;
}

bool take_range(std::string_view word, const std::vector<Gpu>& gpus, std::set<std::size_t>& found) {
    const std::size_t dash = word.find('-');
    const auto first = number(word.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : number(word.substr(dash + 1));
    if (!first || !last || *last < *first) return false;
    for (unsigned wanted = *first; wanted <= *last; ++wanted)
        if (!take_number(wanted, gpus, found)) return false;
    return true;
}

bool is_uuid(std::string_view word) {
    return word.substr(0, 4) == "GPU-";
}

bool take_uuid(std::string_view word, const std::vector<Gpu>& gpus, std::set<std::size_t>& found) {
    const auto same =
        std::find_if(gpus.begin(), gpus.end(), [&](const Gpu& gpu) { return gpu.uuid == word; });
    if (same == gpus.end()) return false;
    found.insert(static_cast<std::size_t>(same - gpus.begin()));
    return true;
}

}  // namespace

AssignedGpus find_assigned(std::string_view list, const std::vector<Gpu>& gpus) {
    if (list == protocol::k_too_long) return {{}, "too-many"};
    const bool has_lost = std::any_of(gpus.begin(), gpus.end(), [](const Gpu& gpu) { return gpu.is_lost; });
    const bool has_mig = std::any_of(gpus.begin(), gpus.end(), [](const Gpu& gpu) { return gpu.is_mig; });
    std::set<std::size_t> found;
    bool misses_lost = false;
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        const std::string_view word = list.substr(0, comma);
        list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
        if (take_uuid(word, gpus, found)) continue;
        if (has_mig) return {{}, "mig"};
        if (take_range(word, gpus, found)) continue;
        // A UUID may be that of the GPU that cannot tell it any more.
        if (!has_lost || !is_uuid(word)) return {{}, "no-such-gpu"};
        misses_lost = true;
    }
    misses_lost = std::erase_if(found, [&](std::size_t gpu) { return gpus[gpu].is_lost; }) > 0 || misses_lost;
    return {{found.begin(), found.end()}, misses_lost ? "lost" : ""};
}

}  // namespace sbraid::collect

// Slurm counts by device files, as the driver's minor numbers do; where a driver tells none, by index.
#include "collect/assigned_gpus.hpp"

#include <algorithm>
#include <charconv>
#include <set>

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
        if (gpus[i].minor.value_or(gpus[i].index) != wanted) continue;
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

bool take_uuid(std::string_view word, const std::vector<Gpu>& gpus, std::set<std::size_t>& found) {
    const auto same =
        std::find_if(gpus.begin(), gpus.end(), [&](const Gpu& gpu) { return gpu.uuid == word; });
    if (same == gpus.end()) return false;
    found.insert(static_cast<std::size_t>(same - gpus.begin()));
    return true;
}

}  // namespace

std::optional<std::vector<std::size_t>> find_assigned(std::string_view list, const std::vector<Gpu>& gpus) {
    std::set<std::size_t> found;
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        const std::string_view word = list.substr(0, comma);
        list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
        if (!take_uuid(word, gpus, found) && !take_range(word, gpus, found)) return std::nullopt;
    }
    return std::vector<std::size_t>(found.begin(), found.end());
}

}  // namespace sbraid::collect

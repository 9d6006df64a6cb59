// Counts of states in words, sorted by how good the news is.

#include "state_counts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace sbraid {
namespace {

/// `out of memory`; COMPLETED is `done`: in a count the short word is the clear one.
std::string count_word(JobState state) {
    if (is_success(state)) return "done";
    std::string word(to_string(state));
    for (char& c : word) c = c == '_' ? ' ' : static_cast<char>(c - 'A' + 'a');
    return word;
}

}  // namespace

std::string counted(const std::map<JobState, std::size_t>& counts) {
    std::vector<std::pair<JobState, std::size_t>> sorted(counts.begin(), counts.end());
    const auto rank = [](JobState state) {
        return is_success(state) ? 0 : is_failure(state) ? 3 : is_terminal(state) ? 2 : 1;
    };
    std::stable_sort(sorted.begin(), sorted.end(),
                     [&](const auto& a, const auto& b) { return rank(a.first) < rank(b.first); });
    std::string joined;
    for (const auto& [state, count] : sorted) {
        joined += fmt::format("{}{} {}", joined.empty() ? "" : ", ", count, count_word(state));
    }
    return joined;
}

}  // namespace sbraid

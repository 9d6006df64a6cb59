// Finds the nearest word by the number of typing errors (optimal string alignment distance, three rows of the
// matrix).
//
// Candidates that differ too much in length are passed over, and a row that is all beyond the best so far
// ends the comparison: a hundred thousand task names cost milliseconds.
#include "sbraid/suggest.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <vector>

namespace sbraid {
namespace {

char folded(char c) {
    if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
    return c == '-' ? '_' : c;
}

std::string folded(std::string_view text) {
    std::string result{text};
    std::transform(result.begin(), result.end(), result.begin(), [](char c) { return folded(c); });
    return result;
}

// The distance, or anything above `limit` when it is above.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit,
                     std::array<std::vector<std::size_t>, 3>& rows) {
    for (auto& row : rows) row.resize(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        const auto& before = rows[(i - 1) % 3];
        auto& row = rows[i % 3];
        row[0] = i;
        std::size_t best = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] =
                std::min({before[j] + 1, row[j - 1] + 1, before[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], rows[(i - 2) % 3][j - 2] + 1);
            best = std::min(best, row[j]);
        }
        if (best > limit) return best;
    }
    return rows[a.size() % 3][b.size()];
}

}  // namespace

std::optional<std::string_view> closest(std::string_view word, std::span<const std::string_view> candidates) {
    const std::string wanted = folded(word);
    std::array<std::vector<std::size_t>, 3> rows;
    std::optional<std::string_view> best;
    std::size_t limit = std::clamp<std::size_t>(wanted.size() / 3, 1, 4);
    if (wanted.size() < 2) limit = 0;
    for (const std::string_view candidate : candidates) {
        const std::size_t gap =
            std::max(candidate.size(), wanted.size()) - std::min(candidate.size(), wanted.size());
        if (gap > limit || candidate == word) continue;
        const std::size_t found = distance(wanted, folded(candidate), limit, rows);
        if (found > limit) continue;
        best = candidate;
        if (found == 0) break;
        limit = found - 1;
    }
    return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
    const std::optional<std::string_view> best = closest(word, candidates);
    return best ? fmt::format("did you mean '{}'?", *best) : std::string{};
}

}  // namespace sbraid

// Slurm's grammar of --array (sbatch(1)): `first[-last[:step]]`, comma between, `%limit` at the end.
//
// The ranges are kept as they are written when they are ascending and disjoint, which is nearly always; else
// the indexes are spelled out, sorted, and put together again.
#include "sbraid/array_spec.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <numeric>

#include "array_ranges.hpp"

namespace sbraid {
namespace {

// Slurm's own ceiling for MaxArraySize is 4,000,001 (slurm.conf(5)), so the largest index is one less.
constexpr std::uint32_t k_max_index = 4'000'000;

using Range = ArraySpec::Range;

Unexpected wrong(std::string message, std::string hint = {}) {
    return Unexpected{Error{ErrorKind::invalid, std::move(message), std::move(hint)}};
}

std::optional<std::uint32_t> number(std::string_view text) {
    std::uint32_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return value;
}

Result<Range> parse_range(std::string_view text) {
    if (text.empty()) return wrong("there is an empty part between the commas");
    const std::size_t colon = text.find(':');
    const std::string_view bounds = text.substr(0, colon);
    const std::size_t dash = bounds.find('-');
    Range range;
    const std::optional<std::uint32_t> first = number(bounds.substr(0, dash));
    if (!first) return wrong(fmt::format("'{}' is not an index or a range of indexes", text));
    range.first = range.last = *first;
    if (dash != std::string_view::npos) {
        const std::optional<std::uint32_t> last = number(bounds.substr(dash + 1));
        if (!last) return wrong(fmt::format("'{}' is not an index or a range of indexes", text));
        range.last = *last;
    }
    if (colon != std::string_view::npos) {
        const std::optional<std::uint32_t> step = number(text.substr(colon + 1));
        if (!step || *step == 0) return wrong(fmt::format("the step in '{}' is not a number from 1", text));
        if (dash == std::string_view::npos) return wrong(fmt::format("'{}' has a step but no range", text));
        range.step = *step;
    }
    if (range.last < range.first)
        return wrong(fmt::format("'{}' runs backwards", text),
                     fmt::format("did you mean '{}-{}'?", range.last, range.first));
    if (range.last > k_max_index)
        return wrong(
            fmt::format("index {} is beyond {}, the largest that any Slurm takes", range.last, k_max_index));
    range.last -= (range.last - range.first) % range.step;
    if (range.first == range.last) range.step = 1;
    return range;
}

bool ascending(const std::vector<Range>& ranges) {
    return std::adjacent_find(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) {
               return b.first <= a.last;
           }) == ranges.end();
}

std::vector<std::uint32_t> spelled_out(const std::vector<Range>& ranges) {
    std::vector<std::uint32_t> indexes;
    for (const Range& range : ranges)
        for (std::uint32_t i = range.first; i <= range.last; i += range.step) indexes.push_back(i);
    std::sort(indexes.begin(), indexes.end());
    indexes.erase(std::unique(indexes.begin(), indexes.end()), indexes.end());
    return indexes;
}

}  // namespace

std::uint64_t ArraySpec::size() const {
    return std::accumulate(ranges.begin(), ranges.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const Range& range) {
                               return sum + (range.last - range.first) / range.step + 1;
                           });
}

std::uint32_t ArraySpec::max() const {
    return ranges.back().last;
}

std::vector<std::uint32_t> ArraySpec::indexes() const {
    return spelled_out(ranges);
}

bool ArraySpec::contains(std::uint32_t index) const {
    const auto after = std::upper_bound(ranges.begin(), ranges.end(), index,
                                        [](std::uint32_t i, const Range& range) { return i < range.first; });
    if (after == ranges.begin()) return false;
    const Range& range = *std::prev(after);
    return index <= range.last && (index - range.first) % range.step == 0;
}

Result<ArraySpec> parse_array_spec(std::string_view text) {
    ArraySpec spec;
    const std::size_t percent = text.find('%');
    if (percent != std::string_view::npos) {
        spec.limit = number(text.substr(percent + 1));
        if (!spec.limit || *spec.limit == 0)
            return wrong(fmt::format("the limit '{}' is not a number from 1", text.substr(percent)));
    }
    std::string_view list = text.substr(0, percent);
    if (list.empty()) return wrong("there is no index");
    while (true) {
        const std::size_t comma = list.find(',');
        Result<Range> range = parse_range(list.substr(0, comma));
        if (!range) return Unexpected{std::move(range.error())};
        spec.ranges.push_back(*range);
        if (comma == std::string_view::npos) break;
        list.remove_prefix(comma + 1);
    }
    if (ascending(spec.ranges)) return spec;
    if (spec.size() > k_max_index + 1)  // before a list of overlapping ranges makes us spell out billions
        return wrong(fmt::format("it names more than {} indexes", k_max_index + 1));
    spec.ranges = ranges_of(spelled_out(spec.ranges));
    return spec;
}

std::string to_string(const ArraySpec& spec) {
    std::string text;
    for (const Range& range : spec.ranges) {
        if (!text.empty()) text += ',';
        text += fmt::format("{}", range.first);
        if (range.last == range.first) continue;
        text += fmt::format("-{}", range.last);
        if (range.step != 1) text += fmt::format(":{}", range.step);
    }
    if (spec.limit) text += fmt::format("%{}", *spec.limit);
    return text;
}

}  // namespace sbraid

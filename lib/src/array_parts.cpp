// Windows over the indexes: each part takes what lies within one MaxArraySize from its first index on, and
// counts from 0 there. A single range with a step is counted in steps, so that wide steps need no more parts.
// All of it looks at the set of indexes alone: `aftercorr` pairs the parts of equal arrays one by one,
// however these are written.
#include "array_parts.hpp"

#include <algorithm>

#include "array_ranges.hpp"

namespace sbraid {
namespace {

constexpr std::size_t k_longest_list = 4084;  // bytes: --array has 4096, and "%4294967295" at its end

using Range = ArraySpec::Range;

/// A single range, counted in steps.
std::vector<ArrayPart> cut_range(const Range& range, std::uint32_t size) {
    std::vector<ArrayPart> parts;
    const std::uint32_t count = (range.last - range.first) / range.step + 1;
    for (std::uint32_t done = 0; done < count; done += size) {
        const std::uint32_t here = std::min(size, count - done);
        parts.push_back({{{{0, here - 1, 1}}, std::nullopt}, {range.first + done * range.step, range.step}});
    }
    return parts;
}

std::vector<ArrayPart> cut_list(const std::vector<Range>& ranges, std::uint32_t size) {
    constexpr std::size_t k_longest_range = 24;  // "4000000-4000000:4000000,"
    std::vector<ArrayPart> parts;
    std::uint32_t first = 0;
    const auto has_room = [&](std::uint32_t index) {
        return !parts.empty() && index - first < size &&
               parts.back().array.ranges.size() < k_longest_list / k_longest_range;
    };
    for (Range rest : ranges) {
        for (;;) {
            if (!has_room(rest.first)) {
                first = rest.first;
                parts.push_back({{}, {first, 1}});
            }
            Range here = rest;
            here.last = std::min(rest.last, first + size - 1);
            here.last -= (here.last - here.first) % here.step;
            parts.back().array.ranges.push_back(
                {here.first - first, here.last - first, here.first == here.last ? 1 : here.step});
            if (here.last == rest.last) break;
            rest.first = here.last + rest.step;
        }
    }
    return parts;
}

}  // namespace

std::vector<ArrayPart> array_parts(const ArraySpec& whole, std::uint32_t max_array_size) {
    const ArraySpec normal = normal_form(whole);
    if (whole.max() < max_array_size && to_string(normal).size() <= k_longest_list) {
        const bool as_written = indexes_of(whole).size() <= k_longest_list;
        return {{{as_written ? whole.ranges : normal.ranges, whole.limit}, {}}};
    }
    std::vector<ArrayPart> parts = normal.ranges.size() == 1
                                       ? cut_range(normal.ranges.front(), max_array_size)
                                       : cut_list(normal.ranges, max_array_size);
    if (!whole.limit) return parts;
    const auto count = static_cast<std::uint32_t>(parts.size());
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t share = *whole.limit / count + (i < *whole.limit % count ? 1 : 0);
        parts[i].array.limit = std::max(share, 1U);
    }
    return parts;
}

}  // namespace sbraid

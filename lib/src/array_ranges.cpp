// From indexes to ranges: from each index on, the longest run of equal distances.
#include "array_ranges.hpp"

namespace sbraid {

std::vector<ArraySpec::Range> ranges_of(const std::vector<std::uint32_t>& indexes) {
    std::vector<ArraySpec::Range> ranges;
    for (std::size_t i = 0; i < indexes.size();) {
        std::size_t end = i + 1;
        const std::uint32_t step = end < indexes.size() ? indexes[end] - indexes[i] : 1;
        while (end < indexes.size() && indexes[end] - indexes[end - 1] == step) ++end;
        if (step != 1 && end - i < 3) end = i + 1;  // `1,3` is no range
        ranges.push_back({indexes[i], indexes[end - 1], end - i == 1 ? 1 : step});
        i = end;
    }
    return ranges;
}

ArraySpec normal_form(const ArraySpec& spec) {
    if (spec.ranges.size() == 1) return {spec.ranges, std::nullopt};
    const std::vector<std::uint32_t> all = spec.indexes();
    if (all.size() == 2) return {{{all[0], all[1], all[1] - all[0]}}, std::nullopt};
    return {ranges_of(all), std::nullopt};
}

bool same_indexes(const ArraySpec& a, const ArraySpec& b) {
    return a.size() == b.size() && (a.ranges == b.ranges || normal_form(a).ranges == normal_form(b).ranges);
}

std::string indexes_of(const ArraySpec& spec) {
    return to_string(ArraySpec{spec.ranges, std::nullopt});
}

}  // namespace sbraid

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sbraid/result.hpp"

namespace sbraid {

/// The indexes of an array job in Slurm's grammar: `0-15%4`, `1,3,5-9:2`.
struct ArraySpec {
    struct Range {
        std::uint32_t first = 0;
        std::uint32_t last = 0;  ///< inclusive
        std::uint32_t step = 1;
        friend bool operator==(const Range&, const Range&) = default;
    };
    std::vector<Range> ranges;           ///< sorted, disjoint, never empty
    std::optional<std::uint32_t> limit;  ///< %N: at most so many at a time

    [[nodiscard]] std::uint64_t size() const;
    [[nodiscard]] std::uint32_t min() const { return ranges.front().first; }
    [[nodiscard]] std::uint32_t max() const;
    [[nodiscard]] std::vector<std::uint32_t> indexes() const;  ///< ascending
    [[nodiscard]] bool contains(std::uint32_t index) const;
    friend bool operator==(const ArraySpec&, const ArraySpec&) = default;
};

/// Error (kind invalid) with a message that names the part that is wrong.
[[nodiscard]] Result<ArraySpec> parse_array_spec(std::string_view text);
/// The shortest spelling that parse_array_spec() reads back to an equal value.
[[nodiscard]] std::string to_string(const ArraySpec& spec);

}  // namespace sbraid

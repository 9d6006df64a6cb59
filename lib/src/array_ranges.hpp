#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sbraid/array_spec.hpp"

namespace sbraid {

/// Ascending indexes, each once, as ranges.
[[nodiscard]] std::vector<ArraySpec::Range> ranges_of(const std::vector<std::uint32_t>& indexes);

/// The same indexes in the one form that does not depend on how they are written, without a limit.
[[nodiscard]] ArraySpec normal_form(const ArraySpec& spec);

/// Whatever the limits, and however they are written.
[[nodiscard]] bool same_indexes(const ArraySpec& a, const ArraySpec& b);

/// The indexes without the limit, as to_string().
[[nodiscard]] std::string indexes_of(const ArraySpec& spec);

}  // namespace sbraid

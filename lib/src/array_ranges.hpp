#pragma once

#include <cstdint>
#include <vector>

#include "sbraid/array_spec.hpp"

namespace sbraid {

/// Ascending indexes, each once, as ranges.
[[nodiscard]] std::vector<ArraySpec::Range> ranges_of(const std::vector<std::uint32_t>& indexes);

/// The same indexes in the one form that does not depend on how they are written, without a limit.
[[nodiscard]] ArraySpec normal_form(const ArraySpec& spec);

}  // namespace sbraid

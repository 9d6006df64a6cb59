#pragma once

#include <string_view>

#include "sbraid/diagnostic.hpp"

namespace sbraid {

/// The deepest that arrays and tables may be nested inside a value.
inline constexpr int k_deepest_nesting = 64;

/// What toml++ says about a mistake at `place`, in our words, with a hint how to mend it.
[[nodiscard]] Diagnostic syntax_error(const Sources& sources, Place place, std::string_view description);

}  // namespace sbraid

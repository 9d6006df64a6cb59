// A value, or the text of what is wrong with it, for the simulation and its tool.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace sbraid::sim {

template <typename T>
using Result = tl::expected<T, std::string>;
using Unexpected = tl::unexpected<std::string>;

}  // namespace sbraid::sim

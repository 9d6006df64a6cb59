#pragma once

#include <string>
#include <vector>

namespace sbraid {

/// `3`, `13-15`, `1,2`: names of elements, neighbours joined; of a matrix the first, and how many more:
/// `lr=1e-4,seed=2 and 7 others`. `names` is not empty.
[[nodiscard]] std::string element_list(const std::vector<std::string>& names);

}  // namespace sbraid

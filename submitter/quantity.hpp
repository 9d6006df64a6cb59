#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sbraid {

/// `1 job`, `2 jobs`.
[[nodiscard]] inline std::string quantity(std::size_t count, std::string_view noun) {
    auto text = std::to_string(count) + " ";
    text += noun;
    return count == 1 ? text : text + "s";
}

}  // namespace sbraid

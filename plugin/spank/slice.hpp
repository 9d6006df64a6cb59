// string_view::substr without its throw, which would need the C++ runtime library.
#pragma once

#include <string_view>

namespace sbraid {

constexpr std::string_view slice(std::string_view text, std::size_t from,
                                 std::size_t count = std::string_view::npos) noexcept {
    if (from > text.size()) return {};
    const std::size_t rest = text.size() - from;
    return {text.data() + from, count < rest ? count : rest};
}

}  // namespace sbraid

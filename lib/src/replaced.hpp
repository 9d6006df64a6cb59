#pragma once

#include <string>
#include <string_view>

namespace sbraid {

/// `text` with `to` in the place of each `from`, which is not empty. What was put in is not looked into
/// again.
[[nodiscard]] inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

}  // namespace sbraid

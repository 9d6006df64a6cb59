#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace sbraid {

/// The texts, one behind the other. For what is made for every task: fmt::format() takes several times as
/// long.
[[nodiscard]] inline std::string concat(std::initializer_list<std::string_view> texts) {
    std::size_t size = 0;
    for (const std::string_view text : texts) size += text.size();
    std::string whole;
    whole.reserve(size);
    for (const std::string_view text : texts) whole += text;
    return whole;
}

}  // namespace sbraid

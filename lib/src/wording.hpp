#pragma once

#include <string>
#include <string_view>

namespace sbraid {

/// "a table", "an array"
[[nodiscard]] std::string with_article(std::string_view noun);
/// A text as it is quoted in a message: control characters become blanks, and what is too long is cut with
/// `…`.
[[nodiscard]] std::string shown(std::string_view text);

}  // namespace sbraid

#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sbraid {

/// The text as one word of a POSIX shell, byte for byte; unquoted where nothing in it needs quotes.
[[nodiscard]] std::string shell_quote(std::string_view text);

/// The words with a blank between.
[[nodiscard]] std::string shell_join(std::span<const std::string> words);

}  // namespace sbraid

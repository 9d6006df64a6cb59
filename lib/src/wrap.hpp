#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sbraid {

/// `text` behind `indent`, broken between words so that no line has more than `width` code points (0:
/// unlimited); further lines stand behind `next_indent`. A word that is longer than a line stays whole. Every
/// line ends with a newline.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t width, const std::string& indent,
                                  const std::string& next_indent);

}  // namespace sbraid

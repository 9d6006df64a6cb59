#pragma once

#include <cstddef>
#include <string_view>

namespace sbraid::utf8 {

/// Bytes of the code point that starts at `text[at]`; 1 for a byte that starts none, so that a walk always
/// ends.
[[nodiscard]] std::size_t code_point_length(std::string_view text, std::size_t at);
/// Code points of `text`; each byte that is not UTF-8 counts as one.
[[nodiscard]] std::size_t count(std::string_view text);
/// Byte offset of the n-th (from 0) code point; the size of `text` when there are fewer.
[[nodiscard]] std::size_t offset(std::string_view text, std::size_t n);

}  // namespace sbraid::utf8

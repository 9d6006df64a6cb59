#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sbraid {

/// The length in bytes of the code point that starts at `at`; 0 when the bytes there are not UTF-8 (RFC 3629:
/// no overlong form, no surrogate, nothing above U+10FFFF).
[[nodiscard]] std::size_t sound_code_point(std::string_view text, std::size_t at);

[[nodiscard]] bool is_utf8(std::string_view text);

/// The same text when it is UTF-8; else each byte that is none becomes U+FFFD.
[[nodiscard]] std::string to_utf8(std::string_view text);

}  // namespace sbraid

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sbraid {

/// A line of somebody else's text as a terminal may show it: without escape sequences, control characters and
/// characters that change the direction of what follows; a tab stays, a byte that is not UTF-8 is U+FFFD. Of
/// what a carriage return writes over, the last is left. With more than `most` code points it is the end of
/// the line, behind `…`: that is where an error stands.
[[nodiscard]] std::string plain_line(std::string_view line, std::size_t most);

}  // namespace sbraid

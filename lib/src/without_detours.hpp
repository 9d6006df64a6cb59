#pragma once

#include <string>
#include <string_view>

namespace sbraid {

/// A path without `.`, doubled slashes, a slash at its end, and `..` behind a name: `a//b/./c/../d` becomes
/// `a/b/d`. Looks at the text alone: a symbolic link is a name like others.
[[nodiscard]] std::string without_detours(std::string_view path);

}  // namespace sbraid

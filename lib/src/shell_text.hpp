#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace sbraid {

/// The command reads the text of a shell: bash, sh, dash, ksh or zsh, by any path and with any options.
[[nodiscard]] bool reads_shell_text(std::string_view shell);

/// Where in a shell text the first command ends and another one follows: the offset of the `;`, `&&`, `||`,
/// `&` or line end between them. nullopt where there is one command alone, a pipeline being one.
[[nodiscard]] std::optional<std::size_t> end_of_first_command(std::string_view text);

}  // namespace sbraid

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace sbraid {

/// Something that toml++ 3.3 must not be shown.
struct TomlTrap {
    std::size_t offset = 0;  ///< in bytes
    std::string_view message;
};

/// The first place of `text` where toml++ would abort or build a tree too deep to walk; nullopt when it is
/// safe to parse.
[[nodiscard]] std::optional<TomlTrap> find_toml_trap(std::string_view text);

}  // namespace sbraid

#pragma once

#include <cstdint>
#include <string>

#include "sbraid/diagnostic.hpp"

namespace sbraid {

/// A line of a source as a message may show it: without what may be the secret address of [notify], also
/// where the file is no TOML or the key is misspelt. `…` stands for what is left out; what is before it stays
/// in its column.
[[nodiscard]] std::string shown_line(const Sources& sources, std::uint32_t file, std::uint32_t number);

}  // namespace sbraid

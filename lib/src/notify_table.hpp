#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "reader.hpp"
#include "sbraid/webhook.hpp"

namespace sbraid {

/// The table [notify]; nullopt when something is wrong with it, which has been reported. A path behind
/// `file:` starts at `directory_of` the file of the sources that it is written in.
[[nodiscard]] std::optional<Webhook> read_notify(
    Reader& reader, const Entry& entry, const std::function<std::string(std::uint32_t)>& directory_of);

}  // namespace sbraid

#pragma once

#include <optional>

#include "reader.hpp"
#include "sbraid/webhook.hpp"

namespace sbraid {

/// The table [notify]; nullopt when something is wrong with it, which has been reported. A path behind
/// `file:` is as in the file.
[[nodiscard]] std::optional<Webhook> read_notify(Reader& reader, const Entry& entry);

}  // namespace sbraid

#pragma once

#include <span>
#include <string>
#include <utility>

#include "flow_draft.hpp"

namespace sbraid {

/// The value of a task's `env` with these names and values, the first of a name counts: `{ A = "1" }`. Empty:
/// there is none. What is no name for a variable is noted at `place` and left out.
[[nodiscard]] std::string env_table(std::span<const std::pair<std::string, std::string>> variables,
                                    const Place& place, DraftNotes& notes);

}  // namespace sbraid

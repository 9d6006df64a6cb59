#pragma once

#include <string>

#include "sbraid/status_view.hpp"

namespace sbraid {

/// What may help a job that Slurm keeps waiting for this reason; empty: nothing but patience. `job`: its id,
/// or that of the whole array.
[[nodiscard]] std::string advice_on_waiting(const StatusRow& row, const std::string& job);

/// What may help a task that ended like this; empty: nothing is known that would.
[[nodiscard]] std::string advice_on_end(const StatusRow& row);

}  // namespace sbraid

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reader.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid {

/// A number of [limits], with its place.
struct Limit {
    std::uint64_t most = 0;
    Place place;
};

/// The table [limits], read and checked for itself.
struct Limits {
    std::optional<Limit> gpus;
    std::optional<Limit> jobs;
    std::optional<Limit> gpu_hours;
    std::map<std::string, Limit> categories;
};

[[nodiscard]] Limits read_limits(Reader& reader, const Entry& entry);

/// Makes the tasks keep the limits, by limits of their arrays and by edges (throttle.hpp). `order`: the
/// topological order of all tasks; the new one comes back. Reports what no schedule can keep: a task that
/// takes more than a limit by itself, GPU-hours beyond the budget; and names of categories that nothing has.
[[nodiscard]] std::vector<TaskIndex> keep_limits(Reader& reader, const Limits& limits,
                                                 std::vector<Task>& tasks, std::vector<TaskIndex> order);

}  // namespace sbraid

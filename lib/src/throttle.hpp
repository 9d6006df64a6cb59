#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "sbraid/workflow.hpp"

namespace sbraid {

/// How much of something may be in use at once, and how much of it each task takes while it lives.
struct Throttle {
    std::uint64_t capacity = 0;
    std::vector<std::uint64_t> needs;  ///< by task, none above the capacity; 0: takes nothing
};

enum class Throttling : std::uint8_t {
    done,
    too_many_edges,
    no_room,  ///< services take so much, until what needs them has ended, that this cannot start
};

/// Adds edges (EdgeOrigin::limit, afterany) between tasks so that no throttle is ever exceeded, whatever
/// really takes how long and whatever is skipped. Which of them wait for which follows a forecast with
/// `durations`, one a task. `order`: parents before children, all tasks. After anything but `done` the tasks
/// are of no use. `most`: of the edges. Turnstiles are added behind the tasks.
[[nodiscard]] Throttling add_throttle_edges(std::vector<Task>& tasks, const std::vector<TaskIndex>& order,
                                            const std::vector<Throttle>& throttles,
                                            const std::vector<std::chrono::seconds>& durations,
                                            std::size_t most);

}  // namespace sbraid

#pragma once

#include <cstdint>
#include <vector>

#include "sbraid/workflow.hpp"

namespace sbraid {

/// The tasks [begin, end) of a sub-workflow, and those of what is inside of it.
struct TaskRange {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    [[nodiscard]] bool contains(TaskIndex task) const { return task.value >= begin && task.value < end; }
};

/// Where a sub-workflow begins and ends when all goes well; ascending. Edges to tasks outside are taken for
/// met.
struct SubWorkflowEnds {
    std::vector<std::uint32_t> first;  ///< they wait for nothing inside
    /// Their success is that of the whole: no other task inside waits for it. Without those that run only
    /// when something has failed, final ones and services.
    std::vector<std::uint32_t> last;
};
[[nodiscard]] SubWorkflowEnds ends_of(const std::vector<Task>& tasks, TaskRange range);

/// Tasks inside that could start without another one inside having succeeded: what the sub-workflow waits
/// for, they have to wait for.
[[nodiscard]] std::vector<std::uint32_t> needing_edges(const std::vector<Task>& tasks, TaskRange range);

}  // namespace sbraid

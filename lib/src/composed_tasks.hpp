#pragma once

#include <vector>

#include "composition.hpp"
#include "needs_text.hpp"
#include "sbraid/workflow.hpp"
#include "sub_workflow_ends.hpp"

namespace sbraid {

/// All tasks, and how they lie in the files that the workflow is made of.
struct ComposedTasks {
    std::vector<Task>& tasks;
    const std::vector<NeedsText>& texts;  ///< one for each task
    const Composition& composition;
    const std::vector<TaskRange>& ranges;  ///< by unit: the tasks that it and what is inside of it have

    /// The name of a task as it is written in a file of a unit that holds it.
    [[nodiscard]] std::string_view name_in(std::uint32_t unit, TaskIndex task) const {
        const std::string& prefix = composition.units()[unit].prefix;
        const std::string_view full = tasks[task.value].name;
        return full.starts_with(prefix) ? full.substr(prefix.size()) : full;
    }
};

}  // namespace sbraid

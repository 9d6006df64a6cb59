#pragma once

#include <vector>

#include "sbraid/workflow.hpp"

namespace sbraid {

/// What two tasks may both write, or do.
struct SharedOutput {
    TaskIndex first;
    const PlacedText* first_text;
    TaskIndex second;  ///< the later one in the file
    const PlacedText* second_text;
    bool is_certain;  ///< both are files by name, of whatever element; else one is a glob or a folder
};

/// For each output of a task the first task before it in the file that shares it; in the order of the file.
/// Not told: one path that is named twice without a wildcard (Outputs::add() finds that), and a folder inside
/// of a folder, or twice the same one: it is for what many write. The texts are those of `tasks`.
[[nodiscard]] std::vector<SharedOutput> shared_outputs(const std::vector<Task>& tasks);

}  // namespace sbraid

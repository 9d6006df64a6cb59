#pragma once

#include <string>
#include <string_view>

#include "submit_values.hpp"

namespace sbraid {

/// Gives the task what the keys of a submit description ask for, but not what it runs. What has no twin in
/// Slurm is noted. `is_array`: the task is one, so that `$(Process)` is its element. Returns the folder in
/// which the executable starts; empty: none is asked for.
[[nodiscard]] std::string take_submit_keys(SubmitValues& values, const DagNode& node, bool is_array,
                                           DraftTask& task, DraftNotes& notes);

/// Whether the key means something to HTCondor that the import knows of.
[[nodiscard]] bool is_known_submit_key(std::string_view key);

}  // namespace sbraid

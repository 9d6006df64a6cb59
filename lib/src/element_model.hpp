#pragma once

#include <optional>
#include <string>
#include <vector>

#include "name_index.hpp"
#include "needs_text.hpp"

namespace sbraid {

/// What a task follows by `aftercorr`, as it is written: the items of its lists, then those of its
/// expression.
[[nodiscard]] std::vector<std::string> followed_names(const NeedsText& needs);

/// A glob stands for every task that it matches but `child`, which has it, itself and those of [final].
[[nodiscard]] bool glob_takes(TaskIndex match, TaskIndex child, const std::vector<bool>& is_final);

/// `followed`: in full names, as the index has them. The task whose elements `child` has when it says nothing
/// of its own: the first that `followed` names.
[[nodiscard]] std::optional<TaskIndex> model_of(NameIndex& names, const std::vector<bool>& is_final,
                                                TaskIndex child, const std::vector<std::string>& followed);

}  // namespace sbraid

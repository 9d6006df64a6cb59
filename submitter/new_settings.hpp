#pragma once

#include <set>
#include <string>
#include <vector>

#include "app.hpp"
#include "failure.hpp"
#include "preferences.hpp"
#include "run.hpp"
#include "workflow_file.hpp"

namespace sbraid {

/// `resume --set train.time=4:00:00`, `resume --set mem=64G`.
struct NewSetting {
    std::string shown;  ///< `--set train.time`
    std::string tasks;  ///< as the user named them; empty: all that are submitted
    std::string key;
    std::string value;
};
/// Usage error: one that has no `=` or no key.
[[nodiscard]] Result<std::vector<NewSetting>> read_new_settings(const std::vector<std::string>& given);

/// `plan`, of the run, with other options of the jobs that are `submitted` (by number), as if they
/// stood in the workflow file. Failure: of kind usage, a task that is none or is not submitted; of kind
/// invalid, what the file would not take, with the setting as its place. `edited`: the file that the plan was
/// made of; nullptr: the frozen one.
[[nodiscard]] tl::expected<SubmissionPlan, Failure> with_new_settings(
    const App& app, SubmissionPlan plan, const WorkflowFile* edited, const std::set<std::uint32_t>& submitted,
    const std::vector<NewSetting>& settings, const Preferences& preferences);

}  // namespace sbraid

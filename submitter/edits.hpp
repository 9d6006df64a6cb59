#pragma once

#include <optional>

#include "app.hpp"
#include "preferences.hpp"
#include "run.hpp"
#include "sbraid/plan_difference.hpp"
#include "workflow_file.hpp"

namespace sbraid {

/// What has become of the workflow file of a run since its plan was made.
struct Edits {
    WorkflowFile file;
    SubmissionPlan plan;  ///< of the file as it is now, for the run
    PlanDifference difference;
};

/// nullopt: the file, what it includes and its scripts say what the plan says, or cannot be read any more.
/// `wanted`: the user asks for the edits; then it is a failure that they cannot be had: the file is not
/// there, or not right. Else that is said, and the plan stays.
[[nodiscard]] tl::expected<std::optional<Edits>, Failure> look_for_edits(const App& app, const Run& run,
                                                                         const Preferences& preferences,
                                                                         bool wanted);

}  // namespace sbraid

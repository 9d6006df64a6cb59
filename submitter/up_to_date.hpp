#pragma once

#include <string>
#include <vector>

#include "app.hpp"
#include "sbraid/plan.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid {

/// Which tasks of the workflow need not run again, one flag a task. Such a task names `outputs`, all of them
/// are there, none is older than the newest of its `inputs`, what it runs is what it ran when it last
/// succeeded in a run below `runs_folder` (where no run has it, the times alone count), and all that it waits
/// for by success is up to date, too. `plan` is of the whole workflow. Reads the file system.
[[nodiscard]] std::vector<bool> find_up_to_date(const App& app, const Workflow& workflow,
                                                const SubmissionPlan& plan, const std::string& runs_folder);

/// Takes them out of the workflow, and says how many; their names go to `left_out`. False: nothing is left
/// but what is final.
[[nodiscard]] bool leave_out_what_is_up_to_date(const App& app, Workflow& workflow,
                                                const SubmissionPlan& plan, const std::string& runs_folder,
                                                std::vector<std::string>& left_out);

}  // namespace sbraid

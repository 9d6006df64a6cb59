#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sbraid/plan.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid {

struct BashExport {
    std::string logs = "logs";        ///< where the logs go, seen from where the script is started
    bool kill_on_invalid_dep = true;  ///< DESIGN section 6.6
};

struct Exported {
    std::string text;
    std::vector<std::string> notes;  ///< what the text does not say of the workflow, a sentence each
};

/// The plan as a bash script of sbatch calls that needs nothing of sbraid: the same jobs with the same
/// options and edges, in the order in which `submit` would submit them; roots are held until all is in, and
/// what is in is cancelled when Slurm refuses one. Batch scripts are here-documents, without the notes for a
/// state file. Paths below the workflow's folder and the logs follow variables at the top. `plan` is of
/// `workflow`.
[[nodiscard]] Exported export_bash(const Workflow& workflow, const SubmissionPlan& plan,
                                   const BashExport& how);

/// Tasks and edges as WfFormat 1.5, the JSON of WfCommons. It knows no kinds of edges and no arrays.
[[nodiscard]] Exported export_wfformat(const Workflow& workflow);

}  // namespace sbraid

#pragma once

#include <map>
#include <string>
#include <vector>

#include "failure.hpp"
#include "options.hpp"
#include "sbraid/plan.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid {

/// A workflow file as read from disk: the text, and what became of it.
struct WorkflowFile {
    std::string path;  ///< absolute
    Sources sources;   ///< the file has index 0, under the name that the user gave it
    Validated validated;
    std::map<std::string, std::string> vars;  ///< -D
    std::vector<std::string> files;           ///< paths of all that was read: it, what it includes, scripts
};

/// The `-D name=value` of the command line. Error: one that has no `=`.
[[nodiscard]] Result<std::map<std::string, std::string>> read_vars(const Options& options);

/// Reads the file and the batch scripts that it names, parses and validates. A file that cannot be read is a
/// failure of kind usage; a wrong one is no failure of this function: see validated.diagnostics.
[[nodiscard]] Result<WorkflowFile> read_workflow(const std::string& path,
                                                 std::map<std::string, std::string> vars);

/// The same of the copies in the directory of a run: the workflow file of `plan`, and the files that it
/// includes, as they were when it was made; scripts as they are now. `overrides` win over what tasks say.
[[nodiscard]] Result<WorkflowFile> read_frozen_workflow(const SubmissionPlan& plan,
                                                        std::vector<Override> overrides = {});

/// The file that was read before, once more, with what wins over what tasks say.
[[nodiscard]] Result<WorkflowFile> read_again(const WorkflowFile& file,
                                              const std::vector<std::string>& left_out,
                                              std::vector<Override> overrides);

/// Whether the workflow file and those that it includes are as they were when the plan was made.
[[nodiscard]] bool is_as_frozen(const WorkflowFile& file, const SubmissionPlan& plan);

/// Takes these tasks out of a right workflow, as what had been up to date (without()).
void leave_out(WorkflowFile& file, const std::vector<std::string>& tasks);

/// Adds warnings of workdirs that are not there, and that no earlier task makes, to those of a right
/// workflow.
void look_at_workdirs(WorkflowFile& file);

/// Adds these, the warnings of lint(), and those of inputs that are not there.
/// `strict`: warnings are errors, and a file with one is a wrong file.
void look_closer(WorkflowFile& file, bool strict);

/// All diagnostics of the file as one failure of kind invalid.
[[nodiscard]] Failure invalid(const WorkflowFile& file);

}  // namespace sbraid

#pragma once

#include <string>

#include "sbraid/plan.hpp"
#include "sbraid/table.hpp"

namespace sbraid {

/// `sbraid plan --json`: one document "sbraid.plan/1" (DESIGN section 5), with a newline at its end.
///
/// A job's "sbatch" is argv without "sbatch" itself and without what is decided only at submission (--hold,
/// the token). Each word is a string, but --dependency: an array of pieces that make the word when they are
/// joined, with {"task": NAME} where the id of a parent's job will stand:
///     ["--dependency=afterok:", {"task": "tokenize"}, ":", {"task": "prep"}, "_3"]
/// "sbatch_lines": a wrapped script's own `#SBATCH` lines, which yield to "sbatch".
[[nodiscard]] std::string to_plan_json(const SubmissionPlan& plan);

/// For people and for -P: one row a job, in the order of submission. Columns: task, elements, edges,
/// resources (those of the file, then a wrapped script's own, each with #SBATCH before it).
[[nodiscard]] TextTable plan_table(const SubmissionPlan& plan);

}  // namespace sbraid

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sbraid/plan.hpp"

namespace sbraid {

/// A piece of the value of --dependency: text as Slurm takes it, or the place of a parent's job id.
struct DependencyPiece {
    std::string text;
    const PlannedEdge* parent = nullptr;  ///< not null: an id goes here, and `text` is empty
};

/// The edges that `keep` names by position, merged by kind in Slurm's form, ids left open:
/// `afterok:` <a> `:` <b> `_3,after:` <c> `+10`; `?` for `,` where any is enough, `singleton` at the end.
/// Equal edges are named once.
[[nodiscard]] std::vector<DependencyPiece> dependency_pieces(const PlannedJob& job,
                                                             const std::vector<bool>& keep);
[[nodiscard]] std::vector<DependencyPiece> dependency_pieces(const PlannedJob& job);

/// The same with the names of tasks for the ids, for people: `afterok:a:b_3,after:c+10`.
[[nodiscard]] std::string dependency_by_name(const SubmissionPlan& plan, const PlannedJob& job);

/// Some parent's outcome could leave the job waiting for ever.
[[nodiscard]] bool can_become_impossible(const PlannedEdge& edge);

}  // namespace sbraid

#pragma once

#include <vector>

#include "backend/backend.hpp"
#include "sbraid/action.hpp"

namespace sbraid {

/// The jobs outside the plan that its edges wait for (`job:12345`), ascending.
[[nodiscard]] std::vector<JobId> outside_ids(const SubmissionPlan& plan);

/// What Slurm says of them: the controller's word, and the accounting's last one on what the controller has
/// forgotten. What neither knows is absent, and so is what only the accounting takes to be alive: an edge to
/// such a job would be one to a forgotten job. Errors are those of the backend.
[[nodiscard]] Result<OutsideJobs> look_up_outside(Backend& backend, const std::vector<JobId>& ids,
                                                  Timestamp now);

/// Whether `jobs` says anything of the job (the element) that this edge waits for; true for an edge inside.
[[nodiscard]] bool is_known(const OutsideJobs& jobs, const PlannedEdge& edge);

}  // namespace sbraid

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sbraid/run_state.hpp"

// What the functions of run_state.hpp share.

namespace sbraid::run_state {

/// Makes jobs, elements and index where they are missing.
void prepare(RunState& state, const SubmissionPlan& plan);

/// The job that a submission of this id was of; nullopt for strangers.
[[nodiscard]] std::optional<std::uint32_t> find_job(const RunState& state, JobId id);

/// The elements that a key of Slurm's means: one, or all when it names a whole array; none that the job of
/// the key does not stand for (any more).
[[nodiscard]] std::vector<ElementState*> elements_of(JobRecord& record, const JobKey& key);

/// It has (or may have) run: what can no longer be called skipped.
[[nodiscard]] bool has_started(const ElementState& element);

/// Marks what ended as CANCELLED and unstarted because it had become impossible. Part of replay().
void mark_ended_dead(RunState& state, const SubmissionPlan& plan);

}  // namespace sbraid::run_state

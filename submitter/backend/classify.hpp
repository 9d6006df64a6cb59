#pragma once

#include <string>
#include <string_view>

#include "backend/backend.hpp"
#include "io/process.hpp"

namespace sbraid {

/// What one call of `sbatch --parsable` came to. It is Refused only where Slurm said no: an answer that may
/// have been lost on its way is Unclear, a call that never reached the controller or was sent away is Busy,
/// or Unavailable where trying again cannot help.
[[nodiscard]] SubmitOutcome classify_sbatch(const ProcessResult& result);

/// The same for words alone, those of a submission that got no job id: `Batch job submission failed: …`.
[[nodiscard]] SubmitOutcome classify_words(std::string words);

/// The name of the limit on the number of jobs that these words of sbatch are about ("MaxJobCount",
/// "QOSMaxSubmitJobPerUserLimit"); empty: of none. Such a limit is a refusal: jobs that are held by us count
/// against it and never make room.
[[nodiscard]] std::string submit_limit(std::string_view message);

/// These words of a Slurm command mean "not now": the controller is down, starting, overloaded or limits our
/// rate. Trying again later can help.
[[nodiscard]] bool is_temporary(std::string_view message);

/// Every line is about a job that needs nothing more from us: gone, or out of our hold already.
[[nodiscard]] bool only_about_gone_jobs(std::string_view words);

/// For messages: the command's own stderr without trailing newline, or how it ended ("sbatch was killed by
/// signal 9", "squeue gave no answer within its time limit").
[[nodiscard]] std::string words_of(std::string_view program, const ProcessResult& result);

}  // namespace sbraid

#pragma once

#include <string>
#include <string_view>

#include "sbraid/job_state.hpp"

// Slurm's reasons and exit states in words, for people who do not know Slurm's by heart.

namespace sbraid {

/// `Resources` -> "waits for free resources". Words of Slurm that are not known come back as they are; an
/// empty text gives an empty text.
[[nodiscard]] std::string reason_in_words(std::string_view reason);

/// How it ended: "exit code 3", "killed by signal 11 (SIGSEGV)", "reached its time limit". Empty for
/// jobs that have not ended and for COMPLETED.
[[nodiscard]] std::string end_in_words(const JobStatus& status);

/// `SIGKILL`; for a number without a name `signal 70`.
[[nodiscard]] std::string signal_name(int signal);

/// `75`; `139 (SIGSEGV)` for what a shell tells of a child that was ended by a signal.
[[nodiscard]] std::string exit_code_text(int code);

}  // namespace sbraid

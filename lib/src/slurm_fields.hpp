#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sbraid/job_state.hpp"

// What the answers of squeue and sacct have in common. Both are asked for fields that end with the unit
// separator and a last field that never holds a newline, so that the fields between may hold anything.

namespace sbraid::slurm_fields {

inline constexpr char k_separator = '\x1f';

/// The records of `output`, each with exactly `count` fields; text after the last whole record is one short
/// record. Views into `output`.
[[nodiscard]] std::vector<std::vector<std::string_view>> split_records(std::string_view output,
                                                                       std::size_t count);

/// Decimal digits only; nullopt for anything else.
[[nodiscard]] std::optional<std::int64_t> to_integer(std::string_view text);
/// Epoch seconds; nullopt for Slurm's N/A, NONE, None, Unknown, and for 0.
[[nodiscard]] std::optional<Timestamp> to_time(std::string_view text);
/// Empty for Slurm's words for nothing: `(null)`, `None`, `None assigned`, `N/A`.
[[nodiscard]] std::string_view or_nothing(std::string_view text);

/// `12`, `12_3`, `12_[3-7,9%2]` (expanded), `12+1` (a part of a heterogeneous job: the id before the plus).
/// Empty when it is none of these.
[[nodiscard]] std::vector<JobKey> expand_key(std::string_view text);

/// Exit code and signal of `EXIT:SIGNAL`; text of another form changes nothing.
void set_exit(JobStatus& status, std::string_view text);

/// Drops what Slurm only forecasts or makes up: a start that is to come or never was, an end by the time
/// limit, an exit code of a job that has none yet.
void keep_facts(JobStatus& status);

[[nodiscard]] Error not_understood(std::string_view program, const std::vector<std::string_view>& record,
                                   std::string_view what);

}  // namespace sbraid::slurm_fields

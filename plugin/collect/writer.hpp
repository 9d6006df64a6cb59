// The process that writes into the run directory, as the job's user and with nothing but the user's rights.
// It may sleep for ever in a file system that is gone.
#pragma once

#include <cstdint>
#include <string>

#include "collect/step.hpp"
#include "sbraid/journal/lock_trust.hpp"

namespace sbraid::collect {

// A piece of work for the writer: an encoded record (it begins with '{' and ends in a newline), or
// k_series_mark and a line for the series file.
inline constexpr char k_series_mark = '#';

// Whether the writers of a job on so many nodes (0: not known) may share one file whose locks are such. Pure.
[[nodiscard]] bool may_share_file(std::uint32_t nodes, LockTrust trust);

// Becomes the user for good, then stores each piece as it is and acknowledges it when it is on the disk, as
// far as the file system tells. `name` is the writer that the records name: all writers of a step, one after
// the other, have the same, so that readers see a record that two of them stored as one. Never returns; ends
// when `socket` is closed, or at once if it cannot become the user.
[[noreturn]] void run_writer(int socket, const Step& step, const std::string& name);

}  // namespace sbraid::collect

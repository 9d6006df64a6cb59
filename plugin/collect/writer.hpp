// The process that writes into the run directory, as the job's user and with nothing but the user's rights.
// It may sleep for ever in a file system that is gone.
#pragma once

#include <string>

#include "collect/step.hpp"

namespace sbraid::collect {

// A piece of work for the writer: an encoded record (it begins with '{' and ends in a newline), or
// k_series_mark and a line for the series file.
inline constexpr char k_series_mark = '#';

// Becomes the user for good, then stores each piece and acknowledges it when it is on the disk, as far as the
// file system tells. Never returns; ends when `socket` is closed, or at once if it cannot become the user.
[[noreturn]] void run_writer(int socket, const Step& step);

}  // namespace sbraid::collect

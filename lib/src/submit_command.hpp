#pragma once

#include <string>
#include <tl/expected.hpp>

#include "submit_values.hpp"

namespace sbraid {

/// The line of shell that runs what the submit description says: executable and arguments, quoted, with
/// variables for what only the job knows. Else why it cannot be told, as a warning.
[[nodiscard]] tl::expected<std::string, Diagnostic> submit_command(SubmitValues& values, const DagNode& node,
                                                                   bool is_array);

/// As the path of a program that the shell does not look up in PATH: `run.sh` is `./run.sh`.
[[nodiscard]] std::string as_program(const std::string& path);

}  // namespace sbraid

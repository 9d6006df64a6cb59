#pragma once

#include <string>

namespace sbraid {

/// The manual page sbraid-flow(5), in man(7) macros: what a workflow file is, in words and examples, and
/// every key of the table of keys with its type, default, meaning, the option of sbatch that it becomes, and
/// an example.
[[nodiscard]] std::string flow_manual();

}  // namespace sbraid

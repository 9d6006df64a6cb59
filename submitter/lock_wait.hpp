#pragma once

#include <chrono>
#include <string>

#include "app.hpp"
#include "sbraid/journal/run_lock.hpp"

namespace sbraid {

/// Takes the run lock, waiting for at most `patience`; says so on stderr when it has to wait. The error is
/// that of RunLock::acquire().
[[nodiscard]] Result<RunLock> wait_for_run_lock(const App& app, const std::string& run_dir,
                                                std::chrono::seconds patience);

}  // namespace sbraid

#pragma once

#include "answer.hpp"
#include "refresh.hpp"
#include "run.hpp"

namespace sbraid {

/// What `status` answers about a run as it was last seen. The run must outlive it.
[[nodiscard]] Answer status_answer(const App& app, const Run& run, const Refreshed& refreshed);

}  // namespace sbraid

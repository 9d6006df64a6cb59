#pragma once

#include <string>
#include <vector>

#include "run.hpp"
#include "sbraid/action.hpp"

namespace sbraid {

/// What a `cancel` is about.
struct CancelChoice {
    std::vector<Cancel> jobs;          ///< by round
    std::size_t running = 0;           ///< so many of them are not pending
    std::vector<std::string> below{};  ///< tasks that nobody named and that go with those that were
    /// Named, and over before: `train (FAILED)`. Nothing is cancelled for them, and what waits for them goes
    /// on.
    std::vector<std::string> ended{};
};

/// Without operands everything of the run that is in the queue (`keep_final`: but [final] tasks); else the
/// named tasks and elements, and what is pending below them (of an element: what waits for it, element by
/// element where the edge goes so), but for [final] tasks, which run however the
/// others end. What stays keeps its gates. A descendant that runs already was not named: it stays. A named
/// task that is LOST is given up: told to be cancelled, so that what waits for it can be judged. Usage error
/// for a task or element that the run does not have.
[[nodiscard]] Result<CancelChoice> choose_what_to_cancel(const Run& run,
                                                         const std::vector<std::string>& operands,
                                                         bool keep_final = false);

}  // namespace sbraid

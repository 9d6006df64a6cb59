#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "app.hpp"
#include "backend/backend.hpp"
#include "backend/call_bounds.hpp"
#include "refresh.hpp"
#include "run.hpp"
#include "sbraid/journal/journal.hpp"

namespace sbraid {

/// The phase as a person sees it: a run that is not completely submitted is `submitting` only while somebody
/// submits (Run::locked).
[[nodiscard]] RunPhase seen_phase(const Run& run);

/// Asks Slurm again and again, gently (2 s at first, then ever more rarely, up to 30 s), until the run has
/// ended. `bounds`: of the backend, with interrupts. `show` is called after each look; its false ends the
/// wait, with 0. Behind it the run's webhook is told what it is owed, where there is a journal. Returns 0, or
/// 6 when the run ended with failures. Failures: interrupted; the limit passed; the run is only partly
/// submitted and nobody is at it.
struct WaitSettings {
    std::optional<std::chrono::seconds> limit;
    std::chrono::milliseconds longest_pause{30'000};
};
[[nodiscard]] Outcome wait_until_ended(const App& app, Run& run, Backend& backend, Journal* journal,
                                       CallBounds& bounds, const WaitSettings& settings,
                                       const std::function<bool(const Refreshed&)>& show);

/// Reads the run anew: others write to its state too, the batch scripts, the collectors, `resume`. When an
/// element was last seen in Slurm is known to this process alone, and kept. Without an answer of the file
/// system the run stays as it is.
void reread(const App& app, Run& run);

/// For a command that has written its answer before it failed: the failure goes to stderr, also under --json,
/// where a second document would spoil the first. Returns the exit code.
[[nodiscard]] Outcome already_answered(const App& app, const Outcome& outcome);

}  // namespace sbraid

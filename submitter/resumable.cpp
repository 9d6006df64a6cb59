#include "resumable.hpp"

#include <fmt/format.h>

#include "sbraid/status_view.hpp"

namespace sbraid {

std::optional<Failure> why_not_resumed(const Run& run, Anew which) {
    const auto now = phase(run.state, run.plan);  // Run::locked is our own lock
    if (now != RunPhase::failed && now != RunPhase::cancelled) return std::nullopt;
    const auto summary = status_summary(status_rows(run.plan, run.state));
    if (now == RunPhase::cancelled && which == Anew::failed) {
        return Failure(Error{
            .message = fmt::format("nothing to resume: run {} was cancelled, and no task of it failed ({})",
                                   run.id(), summary),
            .hint = fmt::format("'sbraid resume {}' without --failed submits what was cancelled",
                                run_operand(run))});
    }
    return Failure(Error{
        .message = fmt::format("nothing to resume: how the tasks of run {} ended is not known ({})", run.id(),
                               summary),
        .hint = fmt::format("'sbraid status {0}' tells which; 'sbraid resume --from TASK {0}' submits one "
                            "anew all the same",
                            run_operand(run))});
}

std::string nothing_to_resume(const Run& run) {
    const auto now = phase(run.state, run.plan);
    if (now == RunPhase::succeeded) return "nothing to resume, all has ended well; ";
    if (now == RunPhase::running && run.state.submitted) return "nothing to resume, all is submitted; ";
    return {};
}

}  // namespace sbraid

#include "resumable.hpp"

#include <fmt/format.h>

#include "refresh.hpp"
#include "sbraid/shell_quote.hpp"
#include "sbraid/status_view.hpp"

// `resume` finishes a submission. What has ended stays as it ended, and a run that was taken back whole, by
// `cancel` or because Slurm refused a task of it, is over too: to submit that again takes a new run.

namespace sbraid {

std::optional<Failure> why_not_resumed(const Run& run) {
    const auto now = phase(run.state, run.plan);  // Run::locked is our own lock
    if (now != RunPhase::failed && now != RunPhase::cancelled) return std::nullopt;
    const auto summary = status_summary(status_rows(run.plan, run.state));
    const auto again = fmt::format("'sbraid submit {}' begins a new run", shell_quote(run.plan.file));
    if (now == RunPhase::cancelled) {
        return Failure(
            Error{.message = fmt::format("nothing to resume: run {} was cancelled ({})", run.id(), summary),
                  .hint = again});
    }
    return Failure(Error{
        .message = fmt::format("nothing to resume: run {} has ended and failed ({})", run.id(), summary),
        .hint = fmt::format("'sbraid status {}' tells why; {}", run_operand(run), again)});
}

std::string nothing_to_resume(const Run& run) {
    const auto now = phase(run.state, run.plan);
    if (now == RunPhase::succeeded) return "nothing to resume, all has ended well; ";
    if (now == RunPhase::running && run.state.submitted) return "nothing to resume, all is submitted; ";
    return {};
}

}  // namespace sbraid

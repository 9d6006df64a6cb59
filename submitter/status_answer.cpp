#include "status_answer.hpp"

#include <fmt/format.h>

#include "sbraid/status_view.hpp"
#include "waiting.hpp"

namespace sbraid {

Answer status_answer(const App& app, const Run& run, const Refreshed& refreshed) {
    const auto rows = status_rows(run.plan, run.state);
    const auto seen = seen_phase(run);
    const auto* const stale = !refreshed.stale  ? ""
                              : refreshed.asked ? " (stale: Slurm did not answer)"
                                                : " (stale: Slurm was not asked)";
    auto heading =
        fmt::format("run {}: {}{}\n{}\n\n", run.id(), to_string(seen), stale, status_summary(rows));
    return {.people = status_table(rows, app.clock.now()),
            .parsable = status_parsable(rows),
            .json = status_json(run.plan, seen, refreshed.stale, rows),
            .heading = std::move(heading)};
}

}  // namespace sbraid

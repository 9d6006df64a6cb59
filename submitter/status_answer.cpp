#include "status_answer.hpp"

#include <fmt/format.h>

#include <memory>
#include <vector>

#include "sbraid/status_view.hpp"
#include "waiting.hpp"

namespace sbraid {

Answer status_answer(const App& app, const Run& run, const Refreshed& refreshed) {
    const auto rows = std::make_shared<const std::vector<StatusRow>>(status_rows(run.plan, run.state));
    const auto seen = seen_phase(run);
    const auto* const stale = !refreshed.stale  ? ""
                              : refreshed.asked ? " (stale: Slurm did not answer)"
                                                : " (stale: Slurm was not asked)";
    auto heading =
        fmt::format("run {}: {}{}\n{}\n\n", run.id(), to_string(seen), stale, status_summary(*rows));
    return {.people = [rows, now = app.clock.now()] { return status_table(*rows, now); },
            .parsable = [rows] { return status_parsable(*rows); },
            .json = [rows, &plan = run.plan, seen,
                     stale = refreshed.stale] { return status_json(plan, seen, stale, *rows); },
            .heading = std::move(heading)};
}

}  // namespace sbraid

#include "waiting.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "notifier.hpp"
#include "sbraid/units.hpp"

namespace sbraid {

namespace {

constexpr std::chrono::milliseconds k_first_pause{2000};

Error interrupted(const Run& run) {
    return {.kind = ErrorKind::interrupted, .message = fmt::format("interrupted; run {} goes on", run.id())};
}

}  // namespace

void reread(const App& app, Run& run) {
    const auto before = run.state.jobs;
    if (auto again = reload_state(run); !again) {
        app.say_more(fmt::format("cannot read the run again: {}", again.error().message));
        return;
    }
    for (std::size_t i = 0; i < before.size() && i < run.state.jobs.size(); ++i) {
        auto& now = run.state.jobs.at(i);
        if (!before[i].current || !now.current || before[i].current->id != now.current->id) continue;
        for (std::size_t e = 0; e < now.elements.size() && e < before[i].elements.size(); ++e) {
            now.elements[e].heard = std::max(now.elements[e].heard, before[i].elements[e].heard);
        }
    }
}

RunPhase seen_phase(const Run& run) {
    return phase(run.state, run.plan, run.locked);
}

Outcome already_answered(const App& app, const Outcome& outcome) {
    if (outcome) return outcome;
    for (const auto& issue : outcome.error().issues) app.err.write(render_text(issue));
    return static_cast<int>(outcome.error().kind);
}

Outcome wait_until_ended(const App& app, Run& run, Backend& backend, Journal* journal, CallBounds& bounds,
                         const WaitSettings& settings, const std::function<bool(const Refreshed&)>& show) {
    auto& interrupts = *bounds.interrupts;
    const auto begin = app.clock.now();
    if (settings.limit) bounds.end = std::chrono::steady_clock::now() + *settings.limit;
    const auto time_left = [&]() -> std::optional<std::chrono::milliseconds> {
        if (!settings.limit) return std::nullopt;
        return std::chrono::duration_cast<std::chrono::milliseconds>(begin + *settings.limit -
                                                                     app.clock.now());
    };
    auto pause = k_first_pause;
    std::optional<Notifier> notifier;
    if (journal != nullptr) notifier.emplace(app, *journal, &interrupts);
    while (true) {
        const auto refreshed = refresh(app, run, backend, journal);
        if (interrupts.requested()) return fail(interrupted(run));
        if (show && !show(refreshed)) return 0;
        // It warns; how the run ended is another thing.
        if (notifier) std::ignore = notifier->tell(run, time_left());
        const auto now_seen = seen_phase(run);
        if (has_ended(now_seen)) {
            return now_seen == RunPhase::succeeded ? 0 : static_cast<int>(ErrorKind::run_failed);
        }
        if (now_seen == RunPhase::partial) {
            return fail(Error{.kind = ErrorKind::partial,
                              .message = fmt::format("run {} is only partly submitted", run.id()),
                              .hint = fmt::format("'sbraid resume {}' goes on", run_operand(run))});
        }
        auto next = pause;
        if (const auto left = time_left()) {
            if (left->count() <= 0) {
                return fail(
                    Error{.message = fmt::format("run {} has not ended within {}", run.id(),
                                                 format_duration(settings.limit->count())),
                          .hint = fmt::format("it goes on; 'sbraid wait {}' waits again", run_operand(run))});
            }
            next = std::min(next, *left);
        }
        app.clock.sleep(next, &interrupts);
        if (interrupts.requested()) return fail(interrupted(run));
        pause = std::min(pause * 5 / 4, settings.longest_pause);
        reread(app, run);
    }
}

}  // namespace sbraid

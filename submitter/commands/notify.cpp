#include <fmt/format.h>

#include <algorithm>

#include "commands/commands.hpp"
#include "connection.hpp"
#include "json.hpp"
#include "notifier.hpp"
#include "sbraid/units.hpp"
#include "waiting.hpp"

// Look at the run once, or (for the last job of a run, which Slurm may start before everybody knows how the
// others ended) until it is seen to have ended; then send what is owed.

namespace sbraid {

namespace {

/// One line of the answer.
struct Row {
    Notification notification;
    std::string outcome;  ///< delivered, refused, failed; under --dry-run owed, answered
    std::optional<int> status;
};

std::string_view outcome_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::delivered:
            return "delivered";
        case Verdict::refused:
            return "refused";
        case Verdict::busy:
            return "failed";
    }
    return "";
}

/// Looks at the run, for at most `limit` until it has ended.
Refreshed look(const App& app, Run& run, Backend& backend, Journal* journal, Interrupts& interrupts,
               std::chrono::seconds limit) {
    constexpr std::chrono::milliseconds k_pause{2000};
    const auto end = app.clock.now() + limit;
    while (true) {
        auto refreshed = refresh(app, run, backend, journal);
        if (has_ended(seen_phase(run)) || app.clock.now() + k_pause > end) return refreshed;
        app.clock.sleep(k_pause, &interrupts);
        if (interrupts.requested()) return refreshed;
        reread(app, run);
    }
}

/// Nothing was sent although there is something to tell: another process is at it.
bool is_being_told(const Run& run, bool again) {
    return !(again ? notifications(run.plan, run.state) : owed(run.plan, run.state)).empty();
}

std::string why_nothing(const Run& run, bool again) {
    if (!run.plan.webhook) return "its workflow has no [notify]";
    const auto seen = seen_phase(run);
    if (is_being_told(run, again)) return "another sbraid is telling it";
    if (!refusals(run.state).empty()) return "the webhook has refused it";
    if (!notifications(run.plan, run.state).empty()) return "the webhook has been told already";
    return fmt::format("it is {}", to_string(seen));
}

void write_rows(const App& app, const Options& options, const Run& run, const std::vector<Row>& rows) {
    const bool dry = options.has("dry-run");
    if (app.json) {
        Json document;
        document["schema"] = "sbraid.notify/1";
        document["run"] = run.id();
        document["dir"] = run.dir;
        document["state"] = to_string(seen_phase(run));
        document["notifications"] = Json::array();
        for (const auto& row : rows) {
            Json one;
            one["event"] = to_string(row.notification.occasion);
            one["key"] = row.notification.key;
            one["outcome"] = row.outcome;
            one["status"] = value_or_null(row.status);
            if (dry) one["body"] = Json::parse(row.notification.body);
            document["notifications"].push_back(std::move(one));
        }
        app.answer(dump(document));
        return;
    }
    if (options.has("parsable2")) {
        TextTable table{.columns = columns({"event", "key", "outcome", "status"}), .rows = {}};
        for (const auto& row : rows) {
            table.rows.push_back({std::string(to_string(row.notification.occasion)), row.notification.key,
                                  row.outcome, row.status ? fmt::format("{}", *row.status) : ""});
        }
        app.answer(render_parsable(table, !options.has("noheader")));
        return;
    }
    if (rows.empty())
        app.answer(
            fmt::format("run {}: nothing to tell: {}\n", run.id(), why_nothing(run, options.has("again"))));
    for (const auto& row : rows) {
        const auto what = to_string(row.notification.occasion);
        const auto whom = shown_address(run.plan.webhook->address);
        if (dry) {
            app.answer(fmt::format("run {}: {} {} '{}'\nIdempotency-Key: {}\n{}\n", run.id(), whom,
                                   row.outcome == "owed" ? "is owed" : "would be told again", what,
                                   row.notification.key, row.notification.body));
        } else {
            const auto outcome = row.outcome == "failed" ? "not delivered" : row.outcome;
            app.answer(fmt::format("run {}: '{}': {} ({})\n", run.id(), what, outcome, whom));
        }
    }
}

Outcome run_notify(App& app, const Options& options) {
    const auto preferences = read_preferences(app, options, WrongFiles::are_warnings);
    if (!preferences) return fail(preferences.error());
    const auto patience = duration_option(options, "patience");
    const auto limit = duration_option(options, "wait");
    if (!patience) return fail(patience.error());
    if (!limit) return fail(limit.error());
    const auto& operands = options.operands();
    auto run = open_run(app, operands.empty() ? std::nullopt : std::optional(operands.front()));
    if (!run) return fail(run.error());
    std::vector<Row> rows;
    const bool dry = options.has("dry-run");
    if (run->plan.webhook) {
        auto journal = open_journal(run->dir, "notify");
        if (!journal && !dry) return fail(journal.error());
        auto* const writer = journal ? &*journal : nullptr;
        Interrupts interrupts;
        CallBounds bounds{.interrupts = &interrupts};
        const auto backend = connect(app, *run, *preferences, -1, &bounds);
        const CallReport calls(app, *backend);
        const auto refreshed =
            look(app, *run, *backend, writer, interrupts, limit->value_or(std::chrono::seconds(0)));
        if (refreshed.stale) app.warn(fmt::format("Slurm did not answer: {}", refreshed.trouble));
        if (dry) {
            const auto all =
                options.has("again") ? notifications(run->plan, run->state) : owed(run->plan, run->state);
            for (const auto& one : all)
                rows.push_back({.notification = one,
                                .outcome = is_answered(run->state, one.occasion) ? "answered" : "owed",
                                .status = {}});
        } else {
            Notifier notifier(
                app, *journal, &interrupts,
                {.patience = patience->value_or(std::chrono::seconds(10)), .again = options.has("again")},
                post);
            for (auto& one : notifier.tell(*run)) {
                rows.push_back({.notification = std::move(one.notification),
                                .outcome = std::string(outcome_of(one.verdict)),
                                .status = one.status});
            }
        }
        if (interrupts.requested())
            return fail(Error{.kind = ErrorKind::interrupted, .message = "interrupted"});
    }
    write_rows(app, options, *run, rows);
    const bool is_told_elsewhere =
        rows.empty() && run->plan.webhook && !dry && is_being_told(*run, options.has("again"));
    const bool all_well = !is_told_elsewhere && std::all_of(rows.begin(), rows.end(), [dry](const Row& row) {
        return dry || row.outcome == "delivered";
    });
    return all_well ? 0 : static_cast<int>(ErrorKind::failed);
}

}  // namespace

const Subcommand& notify_command() {
    static const Subcommand command{
        .spec = {.name = "notify",
                 .summary = "tell the webhook of [notify] what it has not been told",
                 .operands = "[RUN]",
                 .max_operands = 1,
                 .description =
                     "Nobody needs to call it: 'sbraid wait', 'status --watch' and 'submit --wait' tell the\n"
                     "webhook what they see, and the last job of the run calls this. By hand it tells what\n"
                     "none of them could deliver. Each message has a key, in the header Idempotency-Key and\n"
                     "in its body, which is the same however often it is sent.",
                 .examples = {{"sbraid notify", "the newest run here"},
                              {"sbraid notify --dry-run", "what would be sent, and to whom"},
                              {"sbraid notify --again finetune-2026", "once more, also what was refused"}},
                 .options = {{"dry-run", 0, "", "show what is owed, and send nothing", "What"},
                             {"again", 0, "", "also what the webhook has answered already", "What"},
                             {"wait", 0, "DURATION", "wait so long for the end of the run (0s)", "What"},
                             {"patience", 0, "DURATION",
                              "how long to try while there is no answer, or one that says later (10s)",
                              "What"},
                             json_option(),
                             parsable_option(),
                             noheader_option()},
                 .exit_codes = {1, 130}},
        .run = run_notify};
    return command;
}

}  // namespace sbraid

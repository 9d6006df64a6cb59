#include <fmt/format.h>

#include <algorithm>

#include "commands/commands.hpp"
#include "connection.hpp"
#include "diagnosis.hpp"
#include "json.hpp"

namespace sbraid {

namespace {

std::string_view word(Health health) {
    switch (health) {
        case Health::ok:
            return "ok";
        case Health::warn:
            return "warn";
        case Health::fail:
            return "fail";
    }
    return "";
}

Style style(Health health) {
    switch (health) {
        case Health::ok:
            return Style::good;
        case Health::warn:
            return Style::active;
        case Health::fail:
            return Style::bad;
    }
    return Style::plain;
}

Outcome run_doctor(App& app, const Options& options) {
    const auto preferences = read_preferences(app, options, WrongFiles::are_noted);
    if (!preferences) return fail(preferences.error());
    std::optional<Run> newest;
    if (const auto runs = runs_below("."); !runs.empty()) {
        if (auto loaded = load_run(runs.front())) newest = std::move(*loaded);
    }
    const auto backend = connect(app, newest.value_or(Run{}), *preferences);
    const CallReport calls(app, *backend);
    const auto findings = diagnose(app, *backend, *preferences, newest);
    const bool sick = std::any_of(findings.begin(), findings.end(),
                                  [](const Finding& finding) { return finding.health == Health::fail; });
    if (app.json) {
        Json document;
        document["schema"] = "sbraid.doctor/1";
        document["ok"] = !sick;
        document["findings"] = Json::array();
        for (const auto& finding : findings) {
            Json one;
            one["check"] = finding.check;
            one["health"] = word(finding.health);
            one["what"] = finding.what;
            one["advice"] = text_or_null(finding.advice);
            document["findings"].push_back(std::move(one));
        }
        app.answer(dump(document));
    } else if (options.has("parsable2")) {
        TextTable table{.columns = columns({"check", "health", "what", "advice"}), .rows = {}};
        for (const auto& finding : findings) {
            table.rows.push_back(
                {finding.check, std::string(word(finding.health)), finding.what, finding.advice});
        }
        app.answer(render_parsable(table, !options.has("noheader")));
    } else {
        for (const auto& finding : findings) {
            app.answer(
                fmt::format("{}  {:<16}  {}\n",
                            app.out.paint(style(finding.health), fmt::format("{:<4}", word(finding.health))),
                            finding.check, finding.what));
            if (!finding.advice.empty()) app.answer(fmt::format("      -> {}\n", finding.advice));
        }
    }
    return sick ? static_cast<int>(ErrorKind::failed) : 0;
}

}  // namespace

const Subcommand& doctor_command() {
    static const Subcommand command{
        .spec = {.name = "doctor",
                 .summary = "is this installation sound?",
                 .operands = "",
                 .description = "Looks at sbraid, Slurm, the plugin and this directory. Changes nothing.",
                 .examples = {{"sbraid doctor",
                               "one line a finding, and what to do; exit code 1 when something fails"}},
                 .options = {json_option(), parsable_option(), noheader_option()}},
        .run = run_doctor};
    return command;
}

}  // namespace sbraid

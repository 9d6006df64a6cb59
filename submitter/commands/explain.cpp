#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "commands/commands.hpp"
#include "connection.hpp"
#include "fold_run.hpp"
#include "log_file.hpp"
#include "refresh.hpp"
#include "sbraid/explain.hpp"

// What status knows of the tasks that are named, with what may be done about it and the end of the log of
// those that failed.

namespace sbraid {

namespace {

constexpr std::size_t k_default_lines = 10;

Result<std::size_t> lines_option(const Options& options) {
    const auto text = options.value("lines");
    if (!text) return k_default_lines;
    std::size_t lines = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), lines);
    if (error == std::errc{} && end == text->data() + text->size()) return lines;
    return Unexpected{Error{.kind = ErrorKind::usage,
                            .message = fmt::format("--lines: '{}' is not a number", *text),
                            .hint = "how many of the last lines of a log, as in --lines 20"}};
}

/// Where it has a log. Only a failure's last lines are wanted.
Explained with_log(const Run& run, Explanation what, std::size_t lines) {
    Explained result{.what = std::move(what), .log = {}, .tail = {}};
    const StatusRow& row = result.what.first;
    const auto& elements = run.state.jobs.at(row.job.value).elements;
    const auto element = std::find_if(elements.begin(), elements.end(),
                                      [&](const ElementState& one) { return one.element == row.index; });
    if (element == elements.end() || row.job_id.empty()) return result;
    const auto& job = run.plan.jobs.at(row.job.value);
    const std::string user = run.state.created ? run.state.created->user : std::string{};
    std::string path = error_path(job, *element, user).value_or("");
    auto end = last_lines(path, lines);
    if (!end || end->empty()) end = last_lines(path = log_path(job, *element, user), lines);
    if (!end) return result;
    result.log = display_path(path);
    if (result.what.is_failure || element->again_after) result.tail = *std::move(end);
    return result;
}

Outcome run_explain(App& app, const Options& options) {
    const auto preferences = read_preferences(app, options, WrongFiles::are_warnings);
    if (!preferences) return fail(preferences.error());
    const auto lines = lines_option(options);
    if (!lines) return fail(lines.error());
    auto run = open_run(app, options.value("run"));
    if (!run) return fail(run.error());
    std::vector<NamedJob> named;
    for (const std::string& operand : options.operands()) {
        auto found = find_tasks(run->plan, operand);
        if (!found) return fail(found.error());
        named.insert(named.end(), found->begin(), found->end());
    }
    auto journal = open_journal(run->dir, "explain");
    auto* const writer = journal ? &*journal : nullptr;
    const auto backend = connect(app, *run, *preferences);
    const CallReport calls(app, *backend);
    const Refreshed refreshed = refresh(app, *run, *backend, writer);
    std::vector<Explained> all;
    for (Explanation& one : explain(run->plan, run->state, named,
                                    {.now = app.clock.now(),
                                    .run = run_operand(*run),
                                    .file = display_path(run->plan.file),
                                    .is_being_submitted = run->locked}))
        all.push_back(with_log(*run, std::move(one), *lines));
    if (app.json)
        app.answer(explain_json(run->plan, refreshed.stale, all));
    else if (options.has("parsable2"))
        app.answer(render_parsable(explain_parsable(all), !options.has("noheader")));
    else
        app.answer(explain_text(all));
    warn_of_staleness(app, refreshed);
    if (writer != nullptr) fold_ended(app, *run);
    return 0;
}

}  // namespace

const Subcommand& explain_command() {
    static const Subcommand command{
        .spec = {.name = "explain",
                 .summary = "why is a task pending, why did it fail, what next",
                 .operands = "TASK[ELEMENT]…",
                 .min_operands = 1,
                 .max_operands = 1000,
                 .description = "Failures come with the last lines of their logs.",
                 .examples = {{"sbraid explain train", "of the newest run here"},
                              {"sbraid explain 'train[3]'", "one element"},
                              {"sbraid explain '*'", "every task"}},
                 .options = {{"lines", 'n', "N", "so many of the last lines of a log (10)", "What"},
                             run_option(),
                             json_option(),
                             parsable_option(),
                             noheader_option()}},
        .run = run_explain};
    return command;
}

}  // namespace sbraid

#include "commands/resume_answer.hpp"

#include <fmt/format.h>

#include "commands/commands.hpp"
#include "json.hpp"
#include "quantity.hpp"

namespace sbraid {

namespace {

/// A row for each element.
template <class Take>
void for_each_element(const std::vector<ResumeRow>& rows, const Take& take) {
    for (const auto& row : rows) {
        if (row.elements.empty()) take(row, std::string{});
        for (const auto& element : row.elements) take(row, element);
    }
}

void answer_json(const App& app, const Run& run, const std::vector<ResumeRow>& rows) {
    Json document;
    document["schema"] = "sbraid.resume-plan/1";
    document["run"] = run.id();
    document["tasks"] = Json::array();
    for_each_element(rows, [&](const ResumeRow& row, const std::string& element) {
        Json one;
        one["task"] = row.task;
        one["element"] = element.empty() ? Json(nullptr) : Json(element);
        one["action"] = to_string(row.action);
        one["why"] = row.why;
        document["tasks"].push_back(std::move(one));
    });
    app.answer(dump(document));
}

void answer_people(const App& app, const Run& run, const std::vector<ResumeRow>& rows) {
    const auto count = tasks_to_submit(rows);
    std::string text = fmt::format("run {}: {} to submit{}\n", run.id(), quantity(count, "task"),
                                   rows.empty() ? ", nothing in the queue" : "");
    TextTable table{.columns = {{.key = "action", .title = "ACTION"},
                                {.key = "task", .title = "TASK"},
                                {.key = "why", .title = "WHY"}},
                    .rows = {}};
    for (const auto& row : rows)
        table.rows.push_back({std::string{to_string(row.action)}, shown_elements(row), row.why});
    if (!rows.empty()) text += render_text(table, app.out.width());
    app.answer(text);
}

}  // namespace

void show_resume(const App& app, const Options& options, const Run& run, const std::vector<ResumeRow>& rows) {
    if (app.json) return answer_json(app, run, rows);
    if (!options.has("parsable2")) return answer_people(app, run, rows);
    TextTable table{.columns = columns({"task", "element", "action", "why"}), .rows = {}};
    for_each_element(rows, [&](const ResumeRow& row, const std::string& element) {
        table.rows.push_back({row.task, element, std::string{to_string(row.action)}, row.why});
    });
    app.answer(render_parsable(table, !options.has("noheader")));
}

}  // namespace sbraid

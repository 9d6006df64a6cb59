#include <fmt/format.h>
#include <fmt/ranges.h>

#include "element_list.hpp"
#include "json_value.hpp"
#include "plain_line.hpp"
#include "replaced.hpp"
#include "sbraid/explain.hpp"

namespace sbraid {
namespace {

using json_value::Json;
using json_value::text_or_null;
using json_value::value_or_null;

constexpr std::size_t k_longest_line = 200;

/// `train`, `train[3]`, `train[3-7,9]`.
std::string name_of(const Explanation& one) {
    if (one.elements.empty()) return one.first.task;
    return fmt::format("{}[{}]", one.first.task, element_list(one.elements));
}

}  // namespace

std::string explain_text(const std::vector<Explained>& all) {
    std::string text;
    const auto add = [&](std::string_view key, std::string_view value) {
        if (value.empty()) return;
        text += fmt::format("  {:<5} {}\n", key, replaced(std::string{value}, "\n", "\n        "));
    };
    for (const auto& [one, log, tail] : all) {
        if (!text.empty()) text += '\n';
        text += fmt::format("{}: {}{}\n", name_of(one), to_string(one.first.state),
                            one.first.job_id.empty() ? "" : fmt::format(" (job {})", one.first.job_id));
        add("why", one.first.why);
        for (const std::string& clause : one.because) add("", clause);
        add("log", log);
        for (const std::string& line : tail)
            text += fmt::format("        | {}\n", plain_line(line, k_longest_line));
        for (const std::string& step : one.next) add(&step == &one.next.front() ? "next" : "", step);
    }
    return text;
}

TextTable explain_parsable(const std::vector<Explained>& all) {
    TextTable table;
    for (const char* key : {"task", "elements", "job_id", "state", "why", "because", "log", "next"})
        table.columns.push_back({.key = key, .title = key});
    for (const auto& [one, log, tail] : all)
        table.rows.push_back({one.first.task, fmt::format("{}", fmt::join(one.elements, "; ")),
                              one.first.job_id, std::string{to_string(one.first.state)}, one.first.why,
                              fmt::format("{}", fmt::join(one.because, "; ")), log,
                              fmt::format("{}", fmt::join(one.next, "; "))});
    return table;
}

std::string explain_json(const SubmissionPlan& plan, bool stale, const std::vector<Explained>& all) {
    Json tasks = Json::array();
    for (const auto& [one, log, tail] : all) {
        Json task;
        task["task"] = one.first.task;
        task["elements"] = one.elements;
        task["job_id"] = text_or_null(one.first.job_id);
        task["state"] = to_string(one.first.state);
        task["exit_code"] = value_or_null(one.first.exit_code);
        task["signal"] = value_or_null(one.first.signal);
        task["reason"] = text_or_null(one.first.reason);
        task["why"] = text_or_null(one.first.why);
        task["because"] = one.because;
        task["expected_start"] = value_or_null(json_value::epoch_s(one.first.forecast));
        task["log"] = text_or_null(log);
        task["log_tail"] = tail;
        task["next"] = one.next;
        tasks.push_back(std::move(task));
    }
    Json document;
    document["schema"] = "sbraid.explain/1";
    document["run"] = plan.run;
    document["stale"] = stale;
    document["tasks"] = std::move(tasks);
    return json_value::dump(document);
}

}  // namespace sbraid

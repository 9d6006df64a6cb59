// What is owed is computed from plan and state alone, so that `wait`, the notifier and whoever looks later
// agree on it, and on its key.
#include "sbraid/notification.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <optional>

#include "json_value.hpp"
#include "sbraid/status_view.hpp"

namespace sbraid {
namespace {

using json_value::epoch_s;
using json_value::Json;
using json_value::text_or_null;
using json_value::value_or_null;

constexpr std::size_t k_most_failures = 100;  // told by name; who wants all asks `sbraid status`

bool is_failed(const StatusRow& row) {
    return is_failure(row.state) && row.state != JobState::cancelled;
}

/// LOST is no failure as long as the run goes on: accounting may be late.
bool has_failed_task(const SubmissionPlan& plan, const RunState& state) {
    for (std::size_t i = 0; i < plan.jobs.size() && i < state.jobs.size(); ++i) {
        if (plan.jobs[i].role != JobRole::task) continue;
        for (const ElementState& element : state.jobs[i].elements) {
            const JobState now = element.status.state;
            if (element.final && is_failure(now) && now != JobState::cancelled && now != JobState::lost)
                return true;
        }
    }
    return false;
}

bool has_happened(Occasion occasion, RunPhase phase, const SubmissionPlan& plan, const RunState& state) {
    if (state.taken_back) return false;
    switch (occasion) {
        case Occasion::finished:
            return has_ended(phase);
        case Occasion::failed:
            return phase == RunPhase::failed || has_failed_task(plan, state);
    }
    return false;
}

Json failure_to_json(const StatusRow& row) {
    Json json;
    json["task"] = row.task;
    json["element"] = value_or_null(row.element);
    json["job_id"] = text_or_null(row.job_id);
    json["state"] = to_string(row.state);
    json["exit_code"] = value_or_null(row.exit_code);
    json["signal"] = value_or_null(row.signal);
    return json;
}

std::string headline(const SubmissionPlan& plan, RunPhase phase, const std::vector<StatusRow>& rows) {
    const std::string_view what = has_ended(phase) ? to_string(phase) : "a task has failed";
    return fmt::format("run {}: {}; {}", plan.run, what, status_summary(rows));
}

std::string body_of(const SubmissionPlan& plan, const RunState& state, RunPhase phase, Occasion occasion,
                    const std::string& key) {
    const auto rows = status_rows(plan, state);
    std::map<std::string, std::size_t, std::less<>> counts;
    std::size_t failures = 0;
    Json failed = Json::array();
    std::optional<Timestamp> ended;
    for (const StatusRow& row : rows) {
        ++counts[std::string{to_string(row.state)}];
        ended = std::max(ended, row.end);
        if (!is_failed(row)) continue;
        if (++failures <= k_most_failures) failed.push_back(failure_to_json(row));
    }
    Json json;
    json["schema"] = "sbraid.notification/1";
    json["key"] = key;
    json["event"] = to_string(occasion);
    json["text"] = headline(plan, phase, rows);
    json["run"] = plan.run;
    json["name"] = plan.workflow;
    json["state"] = to_string(phase);
    json["counts"] = counts;
    json["failures"] = failures;
    json["failed"] = std::move(failed);
    json["run_dir"] = plan.run_dir;
    json["user"] = text_or_null(state.created ? state.created->user : "");
    json["created"] = value_or_null(epoch_s(state.created_at));
    json["ended"] = has_ended(phase) ? value_or_null(epoch_s(ended)) : Json(nullptr);
    std::string text = json_value::dump(json);
    text.pop_back();
    return text;
}

std::vector<Notification> messages(const SubmissionPlan& plan, const RunState& state, bool also_answered) {
    std::vector<Notification> all;
    if (!plan.webhook) return all;
    const RunPhase now = phase(state, plan);
    // A failure comes before the end.
    for (const Occasion occasion : {Occasion::failed, Occasion::finished}) {
        const auto& on = plan.webhook->on;
        if (std::find(on.begin(), on.end(), occasion) == on.end()) continue;
        if (!also_answered && is_answered(state, occasion)) continue;
        if (!has_happened(occasion, now, plan, state)) continue;
        std::string key = fmt::format("{}:{}:{}", plan.run, to_string(occasion), state.round);
        std::string body = body_of(plan, state, now, occasion, key);
        all.push_back({.occasion = occasion, .key = std::move(key), .body = std::move(body)});
    }
    return all;
}

}  // namespace

std::vector<Notification> notifications(const SubmissionPlan& plan, const RunState& state) {
    return messages(plan, state, true);
}

std::vector<Notification> owed(const SubmissionPlan& plan, const RunState& state) {
    return messages(plan, state, false);
}

bool is_answered(const RunState& state, Occasion occasion) {
    return std::any_of(state.answered.begin(), state.answered.end(), [&](const WebhookAnswered& answer) {
        return answer.occasion == to_string(occasion) && answer.round == state.round;
    });
}

std::vector<WebhookAnswered> refusals(const RunState& state) {
    std::map<std::string_view, const WebhookAnswered*> last;
    for (const WebhookAnswered& answer : state.answered)
        if (answer.round == state.round) last[answer.occasion] = &answer;
    std::vector<WebhookAnswered> result;
    for (const auto& [occasion, answer] : last)
        if (verdict(answer->status) == Verdict::refused) result.push_back(*answer);
    return result;
}

Verdict verdict(int http_status) {
    if (http_status >= 200 && http_status < 300) return Verdict::delivered;
    if (http_status >= 500 || http_status == 408 || http_status == 425 || http_status == 429)
        return Verdict::busy;
    return Verdict::refused;
}

}  // namespace sbraid

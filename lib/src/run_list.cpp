// One row a run for `sbraid list`.

#include <fmt/format.h>

#include <set>

#include "job_record.hpp"
#include "json_value.hpp"
#include "sbraid/status_view.hpp"
#include "sbraid/units.hpp"

namespace sbraid {

using json_value::epoch_s;
using json_value::Json;
using json_value::text_or_null;
using json_value::value_or_null;

RunRow run_row(const SubmissionPlan& plan, const RunState& state, RunPhase phase) {
    RunRow row{.run = plan.run,
               .workflow = plan.workflow,
               .phase = phase,
               .created = state.created_at,
               .user = state.created ? state.created->user : std::string(),
               .host = state.created ? state.created->host : std::string(),
               .dir = plan.run_dir};
    std::set<std::string_view> tasks;
    for (std::size_t i = 0; i < plan.jobs.size() && i < state.jobs.size(); ++i) {
        if (plan.jobs[i].role != JobRole::task) continue;
        tasks.insert(plan.jobs[i].task);
        for (const auto& element : state.jobs[i].elements) {
            ++row.elements;
            const JobState state_now = element.status.state;
            if (is_success(state_now) || was_closed(plan.jobs[i], state.jobs[i], element)) ++row.done;
            if (is_failure(state_now) && state_now != JobState::cancelled) ++row.failed;
        }
    }
    row.tasks = tasks.size();
    return row;
}

TextTable list_table(const std::vector<RunRow>& runs, Timestamp now) {
    TextTable table{.columns = {{.key = "run", .title = "RUN"},
                                {.key = "state", .title = "STATE"},
                                {.key = "created", .title = "CREATED", .right_aligned = true},
                                {.key = "tasks", .title = "TASKS", .right_aligned = true},
                                {.key = "done", .title = "DONE", .right_aligned = true},
                                {.key = "failed", .title = "FAILED", .right_aligned = true},
                                {.key = "dir", .title = "DIRECTORY"}},
                    .rows = {}};
    for (const auto& run : runs) {
        std::string age;
        if (run.created) {
            const auto seconds = std::chrono::floor<std::chrono::seconds>(now - *run.created);
            age = fmt::format("{} ago", format_duration(seconds.count()));
        }
        table.rows.push_back({run.run, fmt::format("{}{}", to_string(run.phase), run.stale ? " (stale)" : ""),
                              age, std::to_string(run.tasks), fmt::format("{}/{}", run.done, run.elements),
                              std::to_string(run.failed), run.dir});
    }
    return table;
}

TextTable list_parsable(const std::vector<RunRow>& runs) {
    TextTable table;
    for (const char* key : {"run", "workflow", "state", "created", "user", "host", "dir", "tasks", "elements",
                            "done", "failed", "stale"}) {
        table.columns.push_back({.key = key, .title = key});
    }
    for (const auto& run : runs) {
        const auto created = epoch_s(run.created);
        table.rows.push_back({run.run, run.workflow, std::string(to_string(run.phase)),
                              created ? std::to_string(*created) : std::string(), run.user, run.host, run.dir,
                              std::to_string(run.tasks), std::to_string(run.elements),
                              std::to_string(run.done), std::to_string(run.failed),
                              run.stale ? "true" : "false"});
    }
    return table;
}

std::string list_json(const std::vector<RunRow>& runs) {
    Json list = Json::array();
    for (const auto& run : runs) {
        Json item;
        item["run"] = run.run;
        item["workflow"] = run.workflow;
        item["state"] = to_string(run.phase);
        item["created"] = value_or_null(epoch_s(run.created));
        item["user"] = text_or_null(run.user);
        item["host"] = text_or_null(run.host);
        item["dir"] = run.dir;
        item["tasks"] = run.tasks;
        item["elements"] = run.elements;
        item["done"] = run.done;
        item["failed"] = run.failed;
        item["stale"] = run.stale;
        list.push_back(std::move(item));
    }
    Json document;
    document["schema"] = "sbraid.list/1";
    document["runs"] = std::move(list);
    return json_value::dump(document);
}

}  // namespace sbraid

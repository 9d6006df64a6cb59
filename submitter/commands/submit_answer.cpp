#include "commands/submit_answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "commands/commands.hpp"
#include "json.hpp"
#include "quantity.hpp"

namespace sbraid {

std::string job_ranges(std::vector<JobId> ids) {
    std::sort(ids.begin(), ids.end());
    std::string text;
    for (std::size_t i = 0; i < ids.size();) {
        std::size_t last = i;
        while (last + 1 < ids.size() && ids[last + 1].value == ids[last].value + 1) ++last;
        if (!text.empty()) text += ",";
        text += fmt::format("{}", ids[i].value);
        if (last > i) text += fmt::format("-{}", ids[last].value);
        i = last + 1;
    }
    return text;
}

void write_submitted(const App& app, const Options& options, const Run& run, std::string_view schema,
                     std::string_view found) {
    std::vector<JobId> ids;
    std::set<std::string> tasks;
    std::string parsable;
    TextTable table{.columns = columns({"task", "job_id"}), .rows = {}};
    Json jobs = Json::array();
    for (std::size_t i = 0; i < run.plan.jobs.size(); ++i) {
        const auto& current = run.state.jobs.at(i).current;
        const auto& planned = run.plan.jobs[i];
        const bool is_task = planned.role == JobRole::task;
        const std::string task = is_task ? planned.task : planned.name();
        if (is_task) tasks.insert(task);
        if (!current) continue;
        const auto id = fmt::format("{}", current->id.value);
        ids.push_back(current->id);
        parsable += current->cluster.empty() ? id + "\n" : fmt::format("{};{}\n", id, current->cluster);
        table.rows.push_back({task, id});
        Json job;
        job["task"] = task;
        job["job_id"] = id;
        jobs.push_back(std::move(job));
    }
    if (app.json) {
        Json document;
        document["schema"] = schema;
        document["run"] = run.id();
        document["dir"] = run.dir;
        document["state"] = to_string(phase(run.state, run.plan));
        document["jobs"] = std::move(jobs);
        app.answer(dump(document));
    } else if (options.has("parsable2")) {
        app.answer(render_parsable(table, !options.has("noheader")));
    } else if (options.has("parsable")) {
        app.answer(parsable);
    } else {
        const auto operand = run_operand(run);
        app.answer(fmt::format("run {}: {}{}, {} {}{}\n", run.id(), found, quantity(tasks.size(), "task"),
                               ids.size() == 1 ? "job" : "jobs", ids.empty() ? "none" : job_ranges(ids),
                               operand == run.id() ? "" : fmt::format("; directory {}", operand)));
    }
}

}  // namespace sbraid

// Rows first: the elements of each planned job, the parts of a cut task gathered under the task's name at the
// place of its first part. The table for people folds the rows of a task into one; counts are by Slurm's
// state names, so that what it says can be looked up.

#include "sbraid/status_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "element_list.hpp"
#include "job_record.hpp"
#include "json_value.hpp"
#include "open_edges.hpp"
#include "report_memory.hpp"
#include "sbraid/reason.hpp"
#include "sbraid/units.hpp"
#include "state_counts.hpp"

namespace sbraid {
namespace {

using json_value::epoch_s;
using json_value::Json;
using json_value::text_or_null;
using json_value::value_or_null;

std::string job_id_text(const JobRecord& job, const ElementState& element) {
    if (element.status.key.job.value != 0) return to_string(element.status.key);
    if (job.current) return to_string(JobKey{job.current->id, element.element});
    return {};
}

/// What the ranks of a job's or element's latest recorded attempt tell of memory.
struct RecordedMemory {
    std::uint32_t restart = 0;
    std::optional<OutOfMemory> out_of_memory;
};
using MemoryIndex = std::map<JobKey, RecordedMemory>;

MemoryIndex index_memory(const RunState& state) {
    MemoryIndex index;
    for (const auto& rank : state.ranks) {
        auto& recorded = index[rank.where.key];
        if (rank.where.restart < recorded.restart) continue;
        if (rank.where.restart > recorded.restart) recorded = {rank.where.restart, {}};
        if (!rank.ended || !rank.ended->oom.value_or(false)) continue;
        // What the batch script started may count as its own.
        if (recorded.out_of_memory && recorded.out_of_memory->step != "batch") continue;
        recorded.out_of_memory = OutOfMemory{.step = rank.where.step, .limit_bytes = {}};
    }
    return index;
}

/// Empty where nothing was recorded of the last attempt.
std::string out_of_memory_text(const MemoryIndex& index, const ElementState& element) {
    const auto found = index.find(element.status.key);
    if (found == index.end() || found->second.restart + 1 < element.attempts) return {};
    return found->second.out_of_memory ? in_words(*found->second.out_of_memory) : std::string();
}

/// Slurm's words for the end, or the script's where it says the same and more: `reached its time limit;
/// continue.max = 20 is used up`.
std::string end_text(const ElementState& element) {
    std::string words = end_in_words(element.status);
    return element.own_why.starts_with(words) ? element.own_why : words;
}

std::string why_text(const PlannedJob& planned, const JobRecord& job, const ElementState& element) {
    if (!element.why.empty()) return element.why;
    if (!job.skipped.empty()) return job.skipped;
    const JobState state = element.status.state;
    if (state == JobState::unsubmitted) {
        return job.refused.empty() ? "not submitted" : fmt::format("Slurm refused it: {}", job.refused);
    }
    if (was_closed(planned, job, element)) return "nothing needs it any more";
    const bool is_taken_back = job.cancelled && job.cancelled_why == "rollback";
    if (state == JobState::cancelled && is_taken_back) return "taken back: Slurm refused another task";
    if (state == JobState::cancelled && (job.cancelled || element.cancelled)) return "cancelled by sbraid";
    if (state == JobState::failed && !element.own_why.empty()) return element.own_why;
    if (is_terminal(state)) return end_text(element);
    if (state == JobState::pending && element.status.reason == "JobHeldUser" && !job.released &&
        job.current && job.current->held) {
        return "held until the whole run is submitted";
    }
    std::string waits = reason_in_words(element.status.reason);
    if (state == JobState::running || !element.again_after) return waits;
    const std::string again = planned.attempts.continuation
                                  ? "it goes on after a stop"
                                  : fmt::format("tried again after exit code {}", *element.again_after);
    return waits.empty() ? again : fmt::format("{}; {}", again, waits);
}

StatusRow row_of(const PlannedJob& planned, const JobRecord& job, const ElementState& element,
                 const MemoryIndex& memory) {
    const JobStatus& status = element.status;
    StatusRow row;
    row.index = element.element;
    row.task = planned.task;
    if (element.element) row.element = planned.element_name(*element.element);
    row.job_id = job_id_text(job, element);
    row.state = status.state;
    row.exit_code = status.exit_code;
    row.signal = status.signal;
    row.submit = status.submit ? status.submit : job.submitted_at;
    row.start = status.start;
    row.end = status.end;
    row.forecast = status.forecast;
    row.nodes = status.nodes;
    row.reason = status.reason;
    row.attempts = element.attempts + element.repeats;
    row.allocations = element.attempts;
    row.why = why_text(planned, job, element);
    // Slurm says FAILED of a script that ends with 1 because a step of it ran out of memory.
    if (status.state == JobState::failed) {
        if (const auto text = out_of_memory_text(memory, element); !text.empty()) row.why += "; " + text;
    }
    return row;
}

std::string text(const std::optional<int>& value) {
    return value ? std::to_string(*value) : std::string();
}

std::string time_text(const std::optional<Timestamp>& time) {
    const auto seconds = epoch_s(time);
    return seconds ? std::to_string(*seconds) : std::string();
}

std::map<JobState, std::size_t> count_states(const std::vector<const StatusRow*>& rows) {
    std::map<JobState, std::size_t> counts;
    for (const auto* row : rows) ++counts[row->state];
    return counts;
}

/// Rows of one task, in order; tasks in the order of their first row.
std::vector<std::vector<const StatusRow*>> by_task(const std::vector<StatusRow>& rows) {
    std::vector<std::vector<const StatusRow*>> tasks;
    for (const auto& row : rows) {
        if (tasks.empty() || tasks.back().front()->task != row.task) tasks.emplace_back();
        tasks.back().push_back(&row);
    }
    return tasks;
}

std::string exit_text(const StatusRow& row) {
    if (row.signal) return signal_name(*row.signal);
    return row.exit_code ? exit_code_text(*row.exit_code) : std::string();
}

std::optional<Timestamp> earliest_start(const std::vector<const StatusRow*>& rows) {
    std::optional<Timestamp> first;
    for (const auto* row : rows) {
        if (row->start && (!first || *row->start < *first)) first = row->start;
    }
    return first;
}

/// From the first start to the last end, or to now while something of it runs.
std::string elapsed_text(const std::vector<const StatusRow*>& rows, Timestamp now) {
    const auto first = earliest_start(rows);
    if (!first) return {};
    std::optional<Timestamp> last;
    for (const auto* row : rows) {
        if (!row->start) continue;
        const Timestamp end = row->end ? *row->end : is_terminal(row->state) ? *row->start : now;
        if (!last || end > *last) last = end;
    }
    return format_duration(std::chrono::floor<std::chrono::seconds>(*last - *first).count());
}

enum class Weight { failed, cancelled, other };
Weight weight(JobState state) {
    if (state == JobState::cancelled) return Weight::cancelled;
    return is_failure(state) ? Weight::failed : Weight::other;
}

/// The words of a task: of its only row, or of the elements that failed, else of those that were cancelled,
/// else of the first that has any.
std::string task_why(const std::vector<const StatusRow*>& rows) {
    if (!rows.front()->element) return rows.front()->why;
    for (const Weight wanted : {Weight::failed, Weight::cancelled, Weight::other}) {
        for (const auto* row : rows) {
            if (row->why.empty() || weight(row->state) != wanted) continue;
            std::vector<std::string> names;
            for (const auto* other : rows)
                if (other->why == row->why && other->state == row->state) names.push_back(*other->element);
            if (names.size() == rows.size()) return row->why;
            return fmt::format("[{}]: {}", element_list(names), row->why);
        }
    }
    return {};
}

/// How often that of them was started that was so most often.
std::string tries_text(const std::vector<const StatusRow*>& rows) {
    const auto most = std::max_element(
        rows.begin(), rows.end(), [](const auto* a, const auto* b) { return a->attempts < b->attempts; });
    return (*most)->attempts == 0 ? std::string{} : std::to_string((*most)->attempts);
}

std::vector<std::string> people_row(const std::vector<const StatusRow*>& rows, Timestamp now) {
    const StatusRow& first = *rows.front();
    const bool single = !first.element;
    std::string nodes = first.nodes;
    for (const auto* row : rows) {
        if (row->nodes != nodes) nodes = "several";
    }
    const auto start = earliest_start(rows);
    return {first.task,
            first.job_id.substr(0, first.job_id.find('_')),
            single ? std::string(to_string(first.state)) : counted(count_states(rows)),
            single ? exit_text(first) : std::string(),
            start ? fmt::format("{} ago", format_duration(
                                              std::chrono::floor<std::chrono::seconds>(now - *start).count()))
                  : std::string(),
            elapsed_text(rows, now),
            nodes,
            task_why(rows)};
}

}  // namespace

std::vector<StatusRow> status_rows(const SubmissionPlan& plan, const RunState& state) {
    std::map<std::string, std::size_t> order;  // of the first part of each task
    for (std::size_t i = 0; i < plan.jobs.size(); ++i) order.try_emplace(plan.jobs[i].task, i);
    const MemoryIndex memory = index_memory(state);
    std::vector<StatusRow> rows;
    for (std::size_t i = 0; i < plan.jobs.size() && i < state.jobs.size(); ++i) {
        if (plan.jobs[i].role != JobRole::task) continue;
        std::optional<OpenEdges> open;  // made for the first element that waits
        for (const auto& element : state.jobs[i].elements) {
            StatusRow& row = rows.emplace_back(row_of(plan.jobs[i], state.jobs[i], element, memory));
            row.job = JobIndex{static_cast<std::uint32_t>(i)};
            if (row.state != JobState::pending || row.reason != "Dependency") continue;
            if (!open) open.emplace(plan, state, plan.jobs[i]);
            if (const auto& words = open->in_words(element.element); !words.empty()) row.why = words;
        }
    }
    std::stable_sort(rows.begin(), rows.end(), [&](const StatusRow& a, const StatusRow& b) {
        return order.at(a.task) < order.at(b.task);
    });
    return rows;
}

TextTable status_table(const std::vector<StatusRow>& rows, Timestamp now) {
    TextTable table{.columns = {{.key = "task", .title = "TASK"},
                                {.key = "job_id", .title = "JOB", .right_aligned = true},
                                {.key = "state", .title = "STATE"},
                                {.key = "exit", .title = "EXIT", .right_aligned = true},
                                {.key = "started", .title = "STARTED", .right_aligned = true},
                                {.key = "elapsed", .title = "ELAPSED", .right_aligned = true},
                                {.key = "nodes", .title = "NODES"},
                                {.key = "why", .title = "WHY"}},
                    .rows = {}};
    for (const auto& task : by_task(rows)) table.rows.push_back(people_row(task, now));
    // Most runs need no such column.
    if (std::none_of(rows.begin(), rows.end(), [](const StatusRow& row) { return row.attempts > 1; }))
        return table;
    constexpr std::ptrdiff_t k_behind_exit = 4;
    table.columns.insert(table.columns.begin() + k_behind_exit,
                         {.key = "attempts", .title = "TRIES", .right_aligned = true});
    const auto tasks = by_task(rows);
    for (std::size_t i = 0; i < tasks.size(); ++i)
        table.rows[i].insert(table.rows[i].begin() + k_behind_exit, tries_text(tasks[i]));
    return table;
}

TextTable status_parsable(const std::vector<StatusRow>& rows) {
    TextTable table;
    for (const char* key : {"task", "element", "job_id", "state", "exit_code", "signal", "submit", "start",
                            "end", "nodes", "reason", "attempts", "why"}) {
        table.columns.push_back({.key = key, .title = key});
    }
    for (const auto& row : rows) {
        table.rows.push_back({row.task, row.element.value_or(""), row.job_id,
                              std::string(to_string(row.state)), text(row.exit_code), text(row.signal),
                              time_text(row.submit), time_text(row.start), time_text(row.end), row.nodes,
                              row.reason, std::to_string(row.attempts), row.why});
    }
    return table;
}

std::string status_json(const SubmissionPlan& plan, RunPhase phase, bool stale,
                        const std::vector<StatusRow>& rows) {
    Json tasks = Json::array();
    for (const auto& row : rows) {
        Json task;
        task["task"] = row.task;
        task["element"] = value_or_null(row.element);
        task["job_id"] = text_or_null(row.job_id);
        task["state"] = to_string(row.state);
        task["exit_code"] = value_or_null(row.exit_code);
        task["signal"] = value_or_null(row.signal);
        task["submit"] = value_or_null(epoch_s(row.submit));
        task["start"] = value_or_null(epoch_s(row.start));
        task["end"] = value_or_null(epoch_s(row.end));
        task["nodes"] = text_or_null(row.nodes);
        task["reason"] = text_or_null(row.reason);
        task["attempts"] = row.attempts;
        task["why"] = text_or_null(row.why);
        tasks.push_back(std::move(task));
    }
    Json document;
    document["schema"] = "sbraid.status/1";
    document["run"] = plan.run;
    document["state"] = to_string(phase);
    document["stale"] = stale;
    document["tasks"] = std::move(tasks);
    return json_value::dump(document);
}

std::string status_summary(const std::vector<StatusRow>& rows) {
    std::vector<const StatusRow*> all;
    all.reserve(rows.size());
    for (const auto& row : rows) all.push_back(&row);
    const std::size_t tasks = by_task(rows).size();
    std::string head = fmt::format("{} task{}", tasks, tasks == 1 ? "" : "s");
    if (rows.size() != tasks) head += fmt::format(" with {} elements", rows.size());
    return rows.empty() ? head : fmt::format("{}: {}", head, counted(count_states(all)));
}

}  // namespace sbraid

#include "sbraid/resume_view.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <optional>

#include "job_record.hpp"

namespace sbraid {
namespace {

std::vector<std::string> names(const PlannedJob& job, const Share& share) {
    std::vector<std::string> result;
    if (!share.is_whole)
        for (const std::uint32_t index : share.elements) result.push_back(job.element_name(index));
    return result;
}

/// What no job stands for, and nobody has chosen: it was to be submitted before.
Share missing(const JobRecord& record) {
    Share share;
    if (was_taken_back(record)) return {.is_whole = true};
    if (record.current || !record.skipped.empty()) return share;
    for (const ElementState& element : record.elements)
        if (!element.final && element.status.state == JobState::unsubmitted)
            share.elements.insert(element.element.value_or(0));
    if (share.elements.size() == record.elements.size()) return {.is_whole = true};
    return share;
}

bool runs(const JobRecord& record) {
    return std::any_of(record.elements.begin(), record.elements.end(), [](const ElementState& element) {
        return element.final || element.status.state != JobState::pending;
    });
}

std::optional<ResumeRow> row_of(const PlannedJob& job, const JobRecord& record, std::uint32_t index,
                                const ResumeChoice& choice) {
    ResumeRow row{.task = job.task, .elements = {}, .action = ResumeAction::submit, .why = {}};
    if (const auto found = choice.again.find(index); found != choice.again.end()) {
        const Again& again = found->second;
        row.elements = names(job, again.share);
        if (again.is_queued) row.action = ResumeAction::replace;
        row.why = again.why;
        return row;
    }
    const auto left = std::find_if(choice.left.begin(), choice.left.end(),
                                   [&](const LeftAlone& one) { return one.job.value == index; });
    const bool is_in_queue = record.current && !has_ended(record);
    if (is_in_queue || left != choice.left.end()) {
        row.action = ResumeAction::adopt;
        row.why = left != choice.left.end() ? left->why : runs(record) ? "runs" : "waits in the queue";
        return row;
    }
    const Share share = missing(record);
    if (!share.is_whole && share.elements.empty()) return std::nullopt;
    row.elements = names(job, share);
    row.why = was_taken_back(record)   ? "taken back"
              : record.refused.empty() ? "not submitted yet"
                                       : "Slurm refused it";
    return row;
}

}  // namespace

std::string_view to_string(ResumeAction action) {
    switch (action) {
        case ResumeAction::submit:
            return "submit";
        case ResumeAction::replace:
            return "replace";
        case ResumeAction::adopt:
            return "adopt";
    }
    return "";
}

std::vector<ResumeRow> resume_rows(const SubmissionPlan& plan, const RunState& state,
                                   const ResumeChoice& choice) {
    std::vector<ResumeRow> rows;
    for (std::uint32_t index = 0; index < plan.jobs.size(); ++index) {
        if (plan.jobs[index].role != JobRole::task) continue;
        if (auto row = row_of(plan.jobs[index], state.jobs.at(index), index, choice))
            rows.push_back(*std::move(row));
    }
    return rows;
}

std::set<std::uint32_t> jobs_to_submit(const SubmissionPlan& plan, const RunState& state,
                                       const ResumeChoice& choice) {
    std::set<std::uint32_t> jobs;
    for (std::uint32_t index = 0; index < plan.jobs.size(); ++index) {
        const Share share = missing(state.jobs.at(index));
        if (share.is_whole || !share.elements.empty() || choice.again.contains(index)) jobs.insert(index);
    }
    return jobs;
}

std::string shown_elements(const ResumeRow& row) {
    constexpr std::size_t k_most = 3;
    if (row.elements.empty()) return row.task;
    std::string text;
    const std::size_t shown = row.elements.size() > k_most + 1 ? k_most : row.elements.size();
    for (std::size_t i = 0; i < shown; ++i)
        text += fmt::format("{}{}[{}]", i == 0 ? "" : ", ", row.task, row.elements[i]);
    if (shown < row.elements.size()) text += fmt::format(" and {} others", row.elements.size() - shown);
    return text;
}

std::size_t tasks_to_submit(const std::vector<ResumeRow>& rows) {
    std::set<std::string_view> tasks;
    for (const ResumeRow& row : rows)
        if (row.action != ResumeAction::adopt) tasks.insert(row.task);
    return tasks.size();
}

}  // namespace sbraid

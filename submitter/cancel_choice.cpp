#include "cancel_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include "sbraid/named_tasks.hpp"

// cancel_all() knows what is in the queue and in which order it has to go. Here everything is taken out of it
// that was neither named nor waits for what was.

namespace sbraid {

namespace {

/// The child waits for the parent only because both share a limit.
bool is_only_next(const SubmissionPlan& plan, JobIndex parent, JobIndex child) {
    const auto& edges = plan.jobs[child.value].edges;
    return std::all_of(edges.begin(), edges.end(), [parent](const PlannedEdge& edge) {
        const auto* const other = std::get_if<JobIndex>(&edge.parent);
        return other == nullptr || *other != parent || edge.origin == EdgeOrigin::limit;
    });
}

/// It is final where the other is not: in the same workflow file, or around it.
bool runs_after(const PlannedJob& job, const PlannedJob& other) {
    return job.final && (!other.final || sub_workflow_of(job.task) != sub_workflow_of(other.task));
}

/// The chosen jobs and everything below them; not what is to run last in any case.
std::set<std::uint32_t> with_descendants(const SubmissionPlan& plan, const std::vector<JobIndex>& chosen) {
    const auto children = plan.children();
    std::set<std::uint32_t> all;
    std::vector<std::uint32_t> todo;
    todo.reserve(chosen.size());
    for (const auto index : chosen) todo.push_back(index.value);
    while (!todo.empty()) {
        const auto index = todo.back();
        todo.pop_back();
        if (!all.insert(index).second) continue;
        for (const auto child : children.at(index)) {
            const PlannedJob& below = plan.jobs[child.value];
            const bool runs_last = runs_after(below, plan.jobs[index]) || below.role == JobRole::closer ||
                                   below.role == JobRole::notifier;
            if (!runs_last && !is_only_next(plan, JobIndex{index}, child)) todo.push_back(child.value);
        }
    }
    return all;
}

bool is_pending(const JobRecord& record) {
    return std::all_of(record.elements.begin(), record.elements.end(), [](const ElementState& element) {
        return element.final || element.status.state == JobState::pending ||
               element.status.state == JobState::unsubmitted;
    });
}

bool is_lost(const JobRecord& record) {
    return record.current &&
           std::any_of(record.elements.begin(), record.elements.end(),
                       [](const ElementState& element) { return element.status.state == JobState::lost; });
}

/// How what was named ended; nullopt: something of it has not, or nobody knows how.
std::optional<JobState> end_of(const Run& run, const std::vector<NamedJob>& named) {
    auto end = JobState::completed;
    for (const auto& one : named) {
        for (const auto& element : run.state.jobs.at(one.job.value).elements) {
            if (!one.has(element.element)) continue;
            const auto state = element.status.state;
            if (!element.final || state == JobState::lost) return std::nullopt;
            if (end == JobState::completed || is_failure(state)) end = state;
        }
    }
    return end;
}

/// The elements of the job that were named; empty: the whole job was, or it is below one that was.
std::set<std::uint32_t> named_elements(const std::vector<NamedJob>& names, JobIndex job) {
    std::set<std::uint32_t> elements;
    for (const auto& name : names) {
        if (name.job != job) continue;
        if (name.elements.empty()) return {};
        elements.insert(name.elements.begin(), name.elements.end());
    }
    return elements;
}

/// In the queue, and LOST ones that are given up.
std::vector<Cancel> candidates(const Run& run, const std::vector<JobIndex>& chosen) {
    auto all = cancel_all(run.plan, run.state, "cancel");
    std::set<std::uint32_t> known;
    for (const auto& one : all) known.insert(one.job.value);
    for (const auto index : chosen) {
        const auto& record = run.state.jobs.at(index.value);
        if (record.cancelled || !is_lost(record) || !known.insert(index.value).second) continue;
        all.push_back({.job = index, .key = {.job = record.current->id, .element = {}}, .why = "cancel"});
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const Cancel& a, const Cancel& b) { return a.round < b.round; });
    return all;
}

}  // namespace

Result<CancelChoice> choose_what_to_cancel(const Run& run, const std::vector<std::string>& operands,
                                           bool keep_final) {
    CancelChoice choice;
    std::vector<NamedJob> names;
    std::vector<JobIndex> chosen;
    for (const auto& operand : operands) {
        auto named = find_tasks(run.plan, operand);
        if (!named) return Unexpected{std::move(named.error())};
        if (const auto end = end_of(run, *named)) {
            choice.ended.push_back(fmt::format("{} ({})", operand, to_string(*end)));
            continue;
        }
        for (auto& name : *named) {
            chosen.push_back(name.job);
            names.push_back(std::move(name));
        }
    }
    const auto affected = with_descendants(run.plan, chosen);
    std::set<std::uint32_t> is_chosen;
    for (const auto index : chosen) is_chosen.insert(index.value);
    std::set<std::string_view> below;
    for (auto& cancel : candidates(run, chosen)) {
        const PlannedJob& job = run.plan.jobs.at(cancel.job.value);
        if (operands.empty() && keep_final && job.final) continue;
        // It tells of the cancelled run, which is one only when all of it was in.
        if (run.state.submitted && job.role == JobRole::notifier) continue;
        const auto& task = job.task;
        const bool pending = is_pending(run.state.jobs.at(cancel.job.value));
        if (!operands.empty() && !is_chosen.contains(cancel.job.value)) {
            if (!affected.contains(cancel.job.value) || !pending) continue;
            if (below.insert(task).second) choice.below.push_back(task);
        }
        if (!pending) ++choice.running;
        const auto elements = named_elements(names, cancel.job);
        for (const auto element : elements) {
            choice.jobs.push_back(cancel);
            choice.jobs.back().key.element = element;
        }
        if (elements.empty()) choice.jobs.push_back(std::move(cancel));
    }
    return choice;
}

}  // namespace sbraid

// Jobs are the same when they have the same name. Edges of the two plans are compared by the names of
// parents, since every job may have another number.
#include "sbraid/edited_plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "job_record.hpp"

namespace sbraid {
namespace {

std::map<std::string, std::uint32_t> indexes_by_name(const SubmissionPlan& plan) {
    std::map<std::string, std::uint32_t> indexes;
    for (std::uint32_t i = 0; i < plan.jobs.size(); ++i) indexes.emplace(plan.jobs[i].name(), i);
    return indexes;
}

/// Kind, parent, element.
using EdgeName = std::tuple<EdgeKind, std::string, std::optional<std::uint32_t>>;
EdgeName name_of(const SubmissionPlan& plan, const PlannedEdge& edge) {
    const auto* const inside = std::get_if<JobIndex>(&edge.parent);
    return {edge.kind,
            inside == nullptr ? fmt::format("job:{}", std::get<JobId>(edge.parent).value)
                              : plan.jobs.at(inside->value).name(),
            edge.element};
}

std::set<EdgeName> edge_names(const SubmissionPlan& plan, const PlannedJob& job) {
    std::set<EdgeName> names;
    for (const PlannedEdge& edge : job.edges) names.insert(name_of(plan, edge));
    return names;
}

bool ended_well(const JobRecord& record) {
    return has_ended(record) &&
           std::all_of(record.elements.begin(), record.elements.end(),
                       [](const ElementState& element) { return is_success(element.status.state); });
}

bool is_in_queue(const JobRecord& record) {
    return record.current && !has_ended(record);
}

/// What was submitted of the job of the same name goes with the new one.
void inherit(const SubmissionPlan& before, const PlannedJob& old_job, SubmissionPlan& after,
             PlannedJob& new_job) {
    new_job.again = old_job.again;
    std::set<EdgeName> waived;
    for (const PlannedEdge& edge : old_job.edges)
        if (edge.waived) waived.insert(name_of(before, edge));
    for (PlannedEdge& edge : new_job.edges) edge.waived = waived.contains(name_of(after, edge));
}

/// Another condition, or other elements.
bool is_another(const SubmissionPlan& before, const PlannedJob& old_job, const SubmissionPlan& after,
                const PlannedJob& new_job) {
    if (old_job.role != new_job.role) return true;
    if (new_job.role != JobRole::task)
        return old_job.join != new_job.join || edge_names(before, old_job) != edge_names(after, new_job);
    const auto indexes = [](const PlannedJob& job) {
        return job.array ? job.array->indexes() : std::vector<std::uint32_t>{};
    };
    return old_job.matrix != new_job.matrix || old_job.numbering != new_job.numbering ||
           indexes(old_job) != indexes(new_job);
}

/// Jobs that the new plan does not have and that ended well; their edges to others that do not stay are gone.
std::vector<PlannedJob> history(const SubmissionPlan& before, const RunState& state,
                                const std::map<std::string, std::uint32_t>& after) {
    std::vector<PlannedJob> kept;
    std::map<std::uint32_t, std::uint32_t> moved;
    for (std::uint32_t i = 0; i < before.jobs.size(); ++i) {
        const PlannedJob& job = before.jobs[i];
        if (job.role != JobRole::task || after.contains(job.name()) || !ended_well(state.jobs.at(i)))
            continue;
        moved.emplace(i, static_cast<std::uint32_t>(kept.size()));
        kept.push_back(job);
        std::vector<PlannedEdge> edges;
        for (PlannedEdge edge : job.edges) {
            const auto* const parent = std::get_if<JobIndex>(&edge.parent);
            if (parent == nullptr) continue;
            const auto found = moved.find(parent->value);
            if (found == moved.end()) continue;
            edge.parent = JobIndex{found->second};
            edges.push_back(edge);
        }
        kept.back().edges = std::move(edges);
    }
    return kept;
}

void put_in_front(SubmissionPlan& plan, std::vector<PlannedJob> first) {
    const auto by = static_cast<std::uint32_t>(first.size());
    for (PlannedJob& job : plan.jobs)
        for (PlannedEdge& edge : job.edges)
            if (auto* const parent = std::get_if<JobIndex>(&edge.parent)) parent->value += by;
    plan.jobs.insert(plan.jobs.begin(), std::make_move_iterator(first.begin()),
                     std::make_move_iterator(first.end()));
}

/// Only what it waits for: that is over for what has ended.
bool is_of_edges_alone(const TaskChange& change) {
    return std::all_of(change.keys.begin(), change.keys.end(), [](const std::string& key) {
        return parse_edge_kind(key).has_value() || key == "dependency" || key == "singleton";
    });
}

}  // namespace

EditedPlan take_edits(const SubmissionPlan& before, const RunState& state, SubmissionPlan after) {
    after.revision = before.revision;
    after.text_revision = before.text_revision;
    const auto old_ones = indexes_by_name(before);
    put_in_front(after, history(before, state, indexes_by_name(after)));
    EditedPlan result{.plan = std::move(after), .renewed = {}};
    for (std::uint32_t i = 0; i < result.plan.jobs.size(); ++i) {
        PlannedJob& job = result.plan.jobs[i];
        const auto found = old_ones.find(job.name());
        if (found == old_ones.end()) {
            result.renewed.emplace_back(i);
            continue;
        }
        const PlannedJob& old_job = before.jobs[found->second];
        if (is_another(before, old_job, result.plan, job)) result.renewed.emplace_back(i);
        inherit(before, old_job, result.plan, job);
    }
    return result;
}

void carry_over(const SubmissionPlan& before, const RunState& state_before, const SubmissionPlan& plan,
                RunState& state) {
    const auto old_ones = indexes_by_name(before);
    for (std::uint32_t i = 0; i < plan.jobs.size(); ++i) {
        const auto found = old_ones.find(plan.jobs[i].name());
        if (found == old_ones.end()) continue;
        std::map<JobKey, const ElementState*> known;
        for (const ElementState& element : state_before.jobs.at(found->second).elements)
            known.emplace(element.status.key, &element);
        for (ElementState& element : state.jobs.at(i).elements) {
            const auto same = known.find(element.status.key);
            if (same != known.end() && same->second->element == element.element) element = *same->second;
        }
    }
}

std::vector<std::string> refused_edits(const PlanDifference& edits, const EditedPlan& edited,
                                       const RunState& state, const ResumeChoice& choice,
                                       const SubmissionPlan& before, const RunState& state_before) {
    std::map<std::string_view, const TaskChange*> changed;
    for (const TaskChange& change : edits.changed) changed.emplace(change.task, &change);
    std::set<std::uint32_t> replaced;  // chosen, and the same job as before
    for (const auto& [job, again] : choice.again) replaced.insert(job);
    for (const JobIndex job : edited.renewed) replaced.erase(job.value);
    std::set<std::string_view> queued;
    for (std::uint32_t i = 0; i < before.jobs.size(); ++i)
        if (is_in_queue(state_before.jobs.at(i))) queued.insert(before.jobs[i].task);

    std::vector<std::string> lines;
    for (std::uint32_t i = 0; i < edited.plan.jobs.size(); ++i) {
        const PlannedJob& job = edited.plan.jobs[i];
        const auto found = changed.find(job.task);
        if (job.role != JobRole::task || found == changed.end()) continue;
        const TaskChange& change = *found->second;
        const bool is_queued = queued.contains(job.task) && !replaced.contains(i);
        const bool stays =
            !choice.again.contains(i) && ended_well(state.jobs.at(i)) && !is_of_edges_alone(change);
        if (!is_queued && !stays) continue;
        lines.push_back(fmt::format("task '{}' {}, and is changed ({})", job.task,
                                    is_queued ? "is in the queue" : "has ended well",
                                    fmt::join(change.keys, ", ")));
        changed.erase(found);  // said, also of its other parts
    }
    for (const std::string& task : edits.removed)
        if (queued.contains(task))
            lines.push_back(fmt::format("task '{}' is in the queue, and is removed", task));
    return lines;
}

}  // namespace sbraid

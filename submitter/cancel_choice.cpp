#include "cancel_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <string_view>

#include "sbraid/named_tasks.hpp"

// cancel_all() knows what is in the queue and in which order it has to go. Here everything is taken out of it
// that was neither named nor waits for what was, and the gates of what stays.

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
    struct Step {
        std::uint32_t job;
        std::uint32_t from;  // the job that it waits for; of a gate the one above that
    };
    const auto children = plan.children();
    std::set<std::uint32_t> all;
    std::vector<Step> todo;
    todo.reserve(chosen.size());
    for (const auto index : chosen) todo.push_back({index.value, index.value});
    while (!todo.empty()) {
        const auto [index, from] = todo.back();
        todo.pop_back();
        if (!all.insert(index).second) continue;
        const bool is_gate = plan.jobs[index].role == JobRole::gate;
        const auto above = is_gate ? from : index;
        for (const auto child : children.at(index)) {
            const PlannedJob& below = plan.jobs[child.value];
            const bool runs_last = runs_after(below, plan.jobs[above]) || below.role == JobRole::closer ||
                                   below.role == JobRole::notifier;
            if (!runs_last && !is_only_next(plan, JobIndex{index}, child))
                todo.push_back({child.value, above});
        }
    }
    return all;
}

/// Every job that is not to be cancelled, and every gate that one of those waits for.
std::vector<bool> kept(const SubmissionPlan& plan, const std::function<bool(JobIndex)>& is_kept) {
    std::vector<bool> result(plan.jobs.size(), false);
    for (auto job = static_cast<std::uint32_t>(plan.jobs.size()); job-- > 0;) {
        if (!result[job] && !is_kept(JobIndex{job})) continue;
        result[job] = true;
        for (const auto& edge : plan.jobs[job].edges) {
            const auto* const parent = std::get_if<JobIndex>(&edge.parent);
            if (parent != nullptr && plan.jobs[parent->value].role == JobRole::gate)
                result[parent->value] = true;
        }
    }
    return result;
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
    const bool is_whole = operands.empty();
    const auto affected = with_descendants(run.plan, chosen);
    const auto stays = kept(run.plan, [&](JobIndex index) {
        const PlannedJob& job = run.plan.jobs.at(index.value);
        // It tells of the cancelled run, which is one only when all of it was in.
        if (run.state.submitted && job.role == JobRole::notifier) return true;
        return is_whole ? keep_final && job.final : !affected.contains(index.value);
    });
    std::set<std::uint32_t> is_chosen;
    for (const auto index : chosen) is_chosen.insert(index.value);
    std::set<std::string_view> below;
    for (auto& cancel : candidates(run, chosen)) {
        if (stays[cancel.job.value]) continue;
        const PlannedJob& job = run.plan.jobs.at(cancel.job.value);
        const bool pending = is_pending(run.state.jobs.at(cancel.job.value));
        if (!is_whole && !is_chosen.contains(cancel.job.value)) {
            if (!pending) continue;
            if (job.role == JobRole::task && below.insert(job.task).second) choice.below.push_back(job.task);
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

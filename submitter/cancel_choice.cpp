#include "cancel_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "sbraid/descendants.hpp"
#include "sbraid/named_tasks.hpp"

// cancel_all() knows what is in the queue and in which order it has to go. Here everything is taken out of it
// that was neither named nor waits for what was, and the gates of what stays.

namespace sbraid {

namespace {

/// It is final where the other is not: in the same workflow file, or around it.
bool runs_after(const PlannedJob& job, const PlannedJob& other) {
    return job.final && (!other.final || sub_workflow_of(job.task) != sub_workflow_of(other.task));
}

/// The chosen ones and everything below them; not what is to run last in any case.
Shares with_what_waits(const SubmissionPlan& plan, const Shares& chosen) {
    return with_descendants(plan, chosen, [](const PlannedJob& job, const PlannedJob& above) {
        return !runs_after(job, above) && job.role != JobRole::closer && job.role != JobRole::notifier;
    });
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

bool is_pending(const ElementState& element) {
    return element.final || element.status.state == JobState::pending ||
           element.status.state == JobState::unsubmitted;
}

bool is_pending(const JobRecord& record) {
    return std::all_of(record.elements.begin(), record.elements.end(),
                       [](const ElementState& element) { return is_pending(element); });
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

/// `train`, `train[lr=1e-4] and 2 others of it`.
std::string name_of(const PlannedJob& job, const Share& share) {
    if (share.is_whole) return job.task;
    const auto first = fmt::format("{}[{}]", job.task, job.element_name(*share.elements.begin()));
    const auto others = share.elements.size() - 1;
    return others == 0 ? first
                       : fmt::format("{} and {} other{} of it", first, others, others == 1 ? "" : "s");
}

/// Those of the share that nobody named and that run already, or have ended, stay.
void leave_what_runs(Share& share, const JobRecord& record) {
    for (const auto& element : record.elements)
        if (element.element && (element.final || !is_pending(element)))
            share.elements.erase(*element.element);
}

/// In the queue, and LOST ones that are given up.
std::vector<Cancel> candidates(const Run& run, const Shares& chosen) {
    auto all = cancel_all(run.plan, run.state, "cancel");
    std::set<std::uint32_t> known;
    for (const auto& one : all) known.insert(one.job.value);
    for (const auto& [index, share] : chosen) {
        const auto& record = run.state.jobs.at(index);
        if (record.cancelled || !is_lost(record) || !known.insert(index).second) continue;
        all.push_back(
            {.job = JobIndex{index}, .key = {.job = record.current->id, .element = {}}, .why = "cancel"});
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const Cancel& a, const Cancel& b) { return a.round < b.round; });
    return all;
}

}  // namespace

Result<CancelChoice> choose_what_to_cancel(const Run& run, const std::vector<std::string>& operands,
                                           bool keep_final) {
    CancelChoice choice;
    Shares chosen;
    for (const auto& operand : operands) {
        auto named = find_tasks(run.plan, operand);
        if (!named) return Unexpected{std::move(named.error())};
        if (const auto end = end_of(run, *named)) {
            choice.ended.push_back(fmt::format("{} ({})", operand, to_string(*end)));
            continue;
        }
        for (const auto& one : *named)
            chosen[one.job.value].take({one.elements.empty(), {one.elements.begin(), one.elements.end()}});
    }
    const bool is_whole = operands.empty();
    const auto affected = with_what_waits(run.plan, chosen);
    const auto stays = kept(run.plan, [&](JobIndex index) {
        const PlannedJob& job = run.plan.jobs.at(index.value);
        // It tells of the cancelled run, which is one only when all of it was in.
        if (run.state.submitted && job.role == JobRole::notifier) return true;
        return is_whole ? keep_final && job.final : !affected.contains(index.value);
    });
    std::set<std::string> below;
    for (auto& cancel : candidates(run, chosen)) {
        if (stays[cancel.job.value]) continue;
        const PlannedJob& job = run.plan.jobs.at(cancel.job.value);
        const JobRecord& record = run.state.jobs.at(cancel.job.value);
        const bool pending = is_pending(record);
        Share share = is_whole ? Share{.is_whole = true} : affected.at(cancel.job.value);
        if (!is_whole && !chosen.contains(cancel.job.value)) {
            if (share.is_whole && !pending) continue;
            if (!share.is_whole) leave_what_runs(share, record);
            if (!share.is_whole && share.elements.empty()) continue;
            if (job.role == JobRole::task && below.insert(name_of(job, share)).second)
                choice.below.push_back(name_of(job, share));
        }
        if (!pending) ++choice.running;
        for (const auto element : share.elements) {
            choice.jobs.push_back(cancel);
            choice.jobs.back().key.element = element;
        }
        if (share.is_whole) choice.jobs.push_back(std::move(cancel));
    }
    return choice;
}

}  // namespace sbraid

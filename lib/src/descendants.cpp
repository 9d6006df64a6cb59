#include "sbraid/descendants.hpp"

#include <vector>

// From what is chosen down, a job as often as its share grows.

namespace sbraid {

namespace {

/// What of the child waits for the share of the parent.
Share below(const PlannedJob& child, JobIndex parent, const Share& share) {
    Share result;
    for (const auto& edge : child.edges) {
        const auto* const other = std::get_if<JobIndex>(&edge.parent);
        if (other == nullptr || *other != parent) continue;
        // A turnstile counts those before it; who goes through needs nothing of them.
        if (edge.origin == EdgeOrigin::limit && child.role != JobRole::gate) continue;
        if (edge.element ? share.has(*edge.element) : edge.kind != EdgeKind::aftercorr || share.is_whole)
            return {.is_whole = true};
        if (!edge.element) result.take(share);
    }
    return result;
}

}  // namespace

bool Share::take(const Share& other) {
    if (is_whole) return false;
    if (other.is_whole) {
        *this = {.is_whole = true};
        return true;
    }
    const auto before = elements.size();
    elements.insert(other.elements.begin(), other.elements.end());
    return elements.size() > before;
}

Shares with_descendants(
    const SubmissionPlan& plan, const Shares& chosen,
    const std::function<bool(const PlannedJob& child, const PlannedJob& above)>& is_followed) {
    struct Step {
        std::uint32_t job;
        std::uint32_t from;  // the job itself; of a gate the one above that
    };
    const auto children = plan.children();
    Shares all = chosen;
    std::vector<Step> todo;
    todo.reserve(chosen.size());
    for (const auto& [index, share] : chosen) todo.push_back({index, index});
    while (!todo.empty()) {
        const auto [index, from] = todo.back();
        todo.pop_back();
        const bool is_gate = plan.jobs[index].role == JobRole::gate;
        const auto above = is_gate ? from : index;
        for (const auto child : children.at(index)) {
            const PlannedJob& job = plan.jobs[child.value];
            const auto known = all.find(child.value);
            if (known != all.end() && known->second.is_whole) continue;
            if (!is_followed(job, plan.jobs[above])) continue;
            const Share share = below(job, JobIndex{index}, all.at(index));
            if (!share.is_whole && share.elements.empty()) continue;
            if (all[child.value].take(share)) todo.push_back({child.value, above});
        }
    }
    return all;
}

}  // namespace sbraid

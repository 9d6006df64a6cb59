// An edge is open as in edge_verdict.hpp; the gates of the plan are looked through. Edges to whole jobs are
// judged once for all elements that wait for them.
#include "open_edges.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>

#include "edge_verdict.hpp"
#include "run_state.hpp"

namespace sbraid {
namespace {

constexpr std::size_t k_most_names = 3;

bool goes_by_element(const PlannedEdge& edge) {
    return edge.kind == EdgeKind::aftercorr && !edge.element;
}

bool is_open_now(const PlannedEdge& edge, const JobRecord& parent, std::optional<std::uint32_t> element) {
    if (edge.kind == EdgeKind::after && edge.delay.count() == 0) {
        return std::none_of(parent.elements.begin(), parent.elements.end(), run_state::has_started);
    }
    const EdgeKind kind = edge.kind == EdgeKind::aftercorr ? EdgeKind::afterok : edge.kind;
    return judge(kind, progress(parent, element)) == EdgeVerdict::open;
}

/// As the file names it.
std::string parent_name(const SubmissionPlan& plan, const PlannedEdge& edge) {
    const auto* const inside = std::get_if<JobIndex>(&edge.parent);
    if (inside == nullptr) return fmt::format("job {}", std::get<JobId>(edge.parent).value);
    const PlannedJob& parent = plan.jobs.at(inside->value);
    return edge.element ? fmt::format("{}[{}]", parent.task, parent.element_name(*edge.element))
                        : parent.task;
}

/// `a`, `a and b`, `a, b, c and 7 others`.
std::string listed(std::vector<std::string> names) {
    if (names.size() > k_most_names + 1) {
        const std::size_t others = names.size() - k_most_names;
        names.resize(k_most_names);
        names.push_back(fmt::format("{} others", others));
    }
    const std::string last = std::move(names.back());
    names.pop_back();
    return names.empty() ? last : fmt::format("{} and {}", fmt::join(names, ", "), last);
}

}  // namespace

OpenEdges::OpenEdges(const SubmissionPlan& plan, const RunState& state, const PlannedJob& job)
    : plan_(plan), state_(state) {
    for (const ConditionLeaf& leaf : condition_leaves(plan, job)) {
        const auto* const parent = std::get_if<JobIndex>(&leaf.edge->parent);
        const bool is_settled = parent != nullptr && !goes_by_element(*leaf.edge) &&
                                !is_open_now(*leaf.edge, state.jobs.at(parent->value), leaf.edge->element);
        if (!is_settled) leaves_.push_back(leaf);
    }
}

bool OpenEdges::is_open(const PlannedEdge& edge, std::optional<std::uint32_t> element) const {
    const auto* const parent = std::get_if<JobIndex>(&edge.parent);
    return parent == nullptr || !goes_by_element(edge) ||
           is_open_now(edge, state_.jobs.at(parent->value), element);
}

std::vector<std::string> OpenEdges::parents(bool of_limits, std::optional<std::uint32_t> element) const {
    std::vector<std::string> names;
    for (const ConditionLeaf& leaf : leaves_)
        if ((leaf.edge->origin == EdgeOrigin::limit) == of_limits && is_open(*leaf.edge, element))
            names.push_back(parent_name(plan_, *leaf.edge));
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

std::string OpenEdges::in_words(std::optional<std::uint32_t> element) const {
    if (auto named = parents(false, element); !named.empty()) {
        const bool has_alternatives = std::any_of(leaves_.begin(), leaves_.end(), [](const auto& leaf) {
            return leaf.any && leaf.edge->origin != EdgeOrigin::limit;
        });
        const std::string_view some = has_alternatives && named.size() > 1 ? "some of " : "";
        return fmt::format("waits for {}{}", some, listed(std::move(named)));
    }
    auto held_by = parents(true, element);
    return held_by.empty() ? std::string{}
                           : fmt::format("waits for {}, as [limits] says", listed(std::move(held_by)));
}

}  // namespace sbraid

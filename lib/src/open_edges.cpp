// An edge is open as in edge_verdict.hpp; the gates of the plan are looked through. Edges to whole jobs are
// judged once for all elements that wait for them.
#include "open_edges.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>

#include "condition_leaves.hpp"
#include "edge_verdict.hpp"
#include "run_state.hpp"

namespace sbraid {
namespace {

constexpr std::size_t k_most_names = 3;

bool goes_by_element(const PlannedEdge& edge) {
    return edge.kind == EdgeKind::aftercorr && !edge.element;
}

/// `after` wants every element of an array to have started, or to be out of the way.
bool has_begun(const JobRecord& parent, std::optional<std::uint32_t> element) {
    return std::all_of(parent.elements.begin(), parent.elements.end(), [&](const ElementState& one) {
        return (element && one.element != element) || one.final || run_state::has_started(one);
    });
}

bool is_open(const PlannedEdge& edge, const JobRecord& parent, std::optional<std::uint32_t> element) {
    if (edge.kind == EdgeKind::after) return !has_begun(parent, element);
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

void sort_out(std::vector<std::string>& names) {
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
}

/// `a`, `a and b`, `a, b, c and 7 others`.
std::string listed(const std::vector<std::string>& names) {
    if (names.size() == 1) return names.front();
    const std::size_t shown = names.size() > k_most_names + 1 ? k_most_names : names.size() - 1;
    const std::string last =
        shown + 1 == names.size() ? names.back() : fmt::format("{} others", names.size() - shown);
    return fmt::format("{} and {}", fmt::join(names.begin(), names.begin() + static_cast<int>(shown), ", "),
                       last);
}

}  // namespace

OpenEdges::OpenEdges(const SubmissionPlan& plan, const RunState& state, const PlannedJob& job)
    : state_(state) {
    for (const ConditionLeaf& leaf : condition_leaves(plan, job)) {
        const PlannedEdge& edge = *leaf.edge;
        std::string name = parent_name(plan, edge);
        const auto* const parent = std::get_if<JobIndex>(&edge.parent);
        if (parent != nullptr && goes_by_element(edge)) {
            by_element_.push_back({*parent, std::move(name)});
            continue;
        }
        if (parent != nullptr && !is_open(edge, state.jobs.at(parent->value), edge.element)) {
            if (edge.delay.count() > 0)
                delay_ = fmt::format("until {} min after the start of {}", edge.delay.count(), name);
            continue;
        }
        auto& names = edge.origin == EdgeOrigin::limit ? of_limits_ : leaf.any ? alternatives_ : required_;
        names.push_back(std::move(name));
    }
    for (auto* const names : {&required_, &alternatives_, &of_limits_}) sort_out(*names);
    whole_ = words(required_);
}

const std::string& OpenEdges::in_words(std::optional<std::uint32_t> element) {
    std::vector<std::string> open;
    for (const auto& [parent, name] : by_element_)
        if (judge(EdgeKind::afterok, progress(state_.jobs.at(parent.value), element)) == EdgeVerdict::open)
            open.push_back(name);
    if (open.empty()) return whole_;
    open.insert(open.end(), required_.begin(), required_.end());
    sort_out(open);
    return element_ = words(open);
}

std::string OpenEdges::words(const std::vector<std::string>& required) const {
    std::string text = required.empty() ? std::string{} : "waits for " + listed(required);
    if (!alternatives_.empty())
        text += fmt::format("{} {}{}", text.empty() ? "waits for" : ", and for",
                            alternatives_.size() > 1 ? "some of " : "", listed(alternatives_));
    if (!text.empty()) return text;
    if (!of_limits_.empty()) return fmt::format("waits for {}, as [limits] says", listed(of_limits_));
    return delay_.empty() ? std::string{} : "waits " + delay_;
}

}  // namespace sbraid

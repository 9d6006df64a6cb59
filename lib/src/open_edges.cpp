// An edge is open as in edge_verdict.hpp. A gate is a level of the condition: where any part of it will do
// and one is met, none of it is open; where but one part can still be met, that is required. Edges to whole
// jobs are judged once for all elements that wait for them.
#include "open_edges.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <iterator>

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
    : plan_(plan), state_(state) {
    open_ = look_at(job);  // fills the other members, too
    for (auto* const names : {&open_.required, &open_.alternatives, &of_limits_}) sort_out(*names);
    whole_ = words(open_.required);
}

OpenEdges::Open OpenEdges::look_at(const PlannedJob& job) {
    const bool any = job.join == Join::any;
    Open all{.is_met = !any, .can_be_met = !any};
    std::vector<Open> open;
    for (const PlannedEdge& edge : job.edges) {
        Open one = look_at(edge);
        if (one.is_met && any) return {.is_met = true};
        const bool can_be_met = one.is_met || one.can_be_met;
        all.is_met = all.is_met && one.is_met;
        all.can_be_met = any ? all.can_be_met || can_be_met : all.can_be_met && can_be_met;
        if (!one.is_met && one.can_be_met) open.push_back(std::move(one));
    }
    const bool has_choice = any && open.size() > 1;
    for (Open& one : open) {
        auto& required = has_choice ? all.alternatives : all.required;
        std::move(one.required.begin(), one.required.end(), std::back_inserter(required));
        std::move(one.alternatives.begin(), one.alternatives.end(), std::back_inserter(all.alternatives));
    }
    return all;
}

OpenEdges::Open OpenEdges::look_at(const PlannedEdge& edge) {
    std::string name = parent_name(plan_, edge);
    const auto* const inside = std::get_if<JobIndex>(&edge.parent);
    if (edge.waived) return {.is_met = true};
    if (inside == nullptr) return {.required = {std::move(name)}};
    const PlannedJob& parent = plan_.jobs.at(inside->value);
    const JobRecord& record = state_.jobs.at(inside->value);
    if (parent.role == JobRole::gate) return look_at(parent);
    if (goes_by_element(edge)) {
        by_element_.push_back({*inside, std::move(name)});
        return {};
    }
    if (edge.kind == EdgeKind::after && has_begun(record, edge.element)) {
        if (edge.delay.count() == 0) return {.is_met = true};
        delay_ = fmt::format("until {} min after the start of {}", edge.delay.count(), name);
        return {};
    }
    if (edge.kind != EdgeKind::after) {
        const EdgeKind kind = edge.kind == EdgeKind::aftercorr ? EdgeKind::afterok : edge.kind;
        const EdgeVerdict verdict = judge(kind, progress(record, edge.element));
        if (verdict == EdgeVerdict::met) return {.is_met = true};
        if (verdict == EdgeVerdict::impossible) return {.can_be_met = false};
    }
    if (edge.origin != EdgeOrigin::limit) return {.required = {std::move(name)}};
    of_limits_.push_back(std::move(name));
    return {};
}

const std::string& OpenEdges::in_words(std::optional<std::uint32_t> element) {
    std::vector<std::string> open;
    for (const auto& [parent, name] : by_element_)
        if (judge(EdgeKind::afterok, progress(state_.jobs.at(parent.value), element)) == EdgeVerdict::open)
            open.push_back(name);
    if (open.empty()) return whole_;
    open.insert(open.end(), open_.required.begin(), open_.required.end());
    sort_out(open);
    return element_ = words(open);
}

std::string OpenEdges::words(const std::vector<std::string>& required) const {
    std::string text = required.empty() ? std::string{} : "waits for " + listed(required);
    if (!open_.alternatives.empty())
        text += fmt::format("{} {}{}", text.empty() ? "waits for" : ", and for",
                            open_.alternatives.size() > 1 ? "some of " : "", listed(open_.alternatives));
    if (!text.empty()) return text;
    if (!of_limits_.empty()) return fmt::format("waits for {}, as [limits] says", listed(of_limits_));
    return delay_.empty() ? std::string{} : "waits " + delay_;
}

}  // namespace sbraid

#include "dependency_text.hpp"

#include <fmt/format.h>
#include <array>

namespace sbraid {

namespace {

constexpr std::array k_kinds = {EdgeKind::afterok, EdgeKind::afterany, EdgeKind::afternotok, EdgeKind::after,
                                EdgeKind::aftercorr};

bool was_named_before(const PlannedJob& job, const std::vector<bool>& keep, std::size_t edge) {
    for (std::size_t before = 0; before < edge; ++before) {
        if (keep[before] && job.edges[before] == job.edges[edge]) return true;
    }
    return false;
}

}  // namespace

std::vector<DependencyPiece> dependency_pieces(const PlannedJob& job, const std::vector<bool>& keep) {
    const char joint = job.join == Join::any ? '?' : ',';
    std::vector<DependencyPiece> pieces;
    std::string text;
    for (const EdgeKind kind : k_kinds) {
        bool first = true;
        for (std::size_t at = 0; at < job.edges.size(); ++at) {
            const PlannedEdge& edge = job.edges[at];
            if (edge.kind != kind || !keep[at]) continue;
            if (job.edges.size() <= 1000 && was_named_before(job, keep, at)) continue;
            // `a:b` behind one kind are both wanted; where one is enough, each is named for itself.
            const bool named = first || job.join == Join::any;
            if (named && !pieces.empty()) text += joint;
            if (named) text += to_string(kind);
            first = false;
            text += ':';
            pieces.push_back({std::move(text), nullptr});
            pieces.push_back({{}, &edge});
            text.clear();
            if (edge.element) text += fmt::format("_{}", *edge.element);
            if (kind == EdgeKind::after && edge.delay.count() > 0)
                text += fmt::format("+{}", edge.delay.count());
        }
    }
    if (job.singleton) text += pieces.empty() ? "singleton" : ",singleton";
    if (!text.empty()) pieces.push_back({std::move(text), nullptr});
    return pieces;
}

std::vector<DependencyPiece> dependency_pieces(const PlannedJob& job) {
    return dependency_pieces(job, std::vector<bool>(job.edges.size(), true));
}

std::string dependency_by_name(const SubmissionPlan& plan, const PlannedJob& job) {
    std::string text;
    for (const DependencyPiece& piece : dependency_pieces(job)) {
        if (piece.parent == nullptr) {
            text += piece.text;
        } else if (const auto* inside = std::get_if<JobIndex>(&piece.parent->parent)) {
            text += plan.jobs.at(inside->value).name();
        } else {
            text += fmt::format("{}", std::get<JobId>(piece.parent->parent).value);
        }
    }
    return text;
}

bool can_become_impossible(const PlannedEdge& edge) {
    // afterany and after are met however the parent ends, also when it is cancelled before it starts.
    return edge.kind == EdgeKind::afterok || edge.kind == EdgeKind::afternotok ||
           edge.kind == EdgeKind::aftercorr;
}

}  // namespace sbraid

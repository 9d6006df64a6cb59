#include <algorithm>
#include <utility>

#include "job_record.hpp"
#include "sbraid/action.hpp"

// The plan backwards: the round of a job is above those of its children that its end can start, and not below
// those of its other children, which Slurm may cancel because of it and so start what is behind them.

namespace sbraid {

namespace {

constexpr std::uint32_t k_rounds = 8;

/// Whether the cancelling of a parent can meet such an edge.
bool is_met_by_a_cancel(EdgeKind kind) {
    switch (kind) {
        case EdgeKind::afterany:
        case EdgeKind::afternotok:
        case EdgeKind::after:
            return true;
        case EdgeKind::afterok:
        case EdgeKind::aftercorr:
            return false;
    }
    return true;
}

}  // namespace

std::vector<std::uint32_t> cancel_rounds(const SubmissionPlan& plan, const std::vector<bool>& goes) {
    std::vector<std::uint32_t> round(plan.jobs.size(), 0);
    for (std::size_t job = plan.jobs.size(); job-- > 0;) {
        if (!goes.at(job)) continue;
        for (const PlannedEdge& edge : plan.jobs[job].edges) {
            const auto* parent = std::get_if<JobIndex>(&edge.parent);
            if (parent == nullptr) continue;
            const std::uint32_t after = round[job] + (is_met_by_a_cancel(edge.kind) ? 1 : 0);
            round[parent->value] = std::clamp(after, round[parent->value], k_rounds - 1);
        }
    }
    return round;
}

std::vector<Cancel> cancel_all(const SubmissionPlan& plan, const RunState& state, std::string why) {
    std::vector<bool> goes(plan.jobs.size());
    for (std::size_t job = 0; job < goes.size(); ++job) {
        const JobRecord& record = state.jobs.at(job);
        // Also what was cancelled before and has not ended: slurmctld may have forgotten that.
        goes[job] = record.current && !has_ended(record);
    }
    const auto round = cancel_rounds(plan, goes);
    std::vector<Cancel> cancels;
    for (std::size_t job = goes.size(); job-- > 0;) {
        if (!goes[job]) continue;
        cancels.push_back({JobIndex{static_cast<std::uint32_t>(job)},
                           JobKey{state.jobs[job].current->id, std::nullopt}, why, round[job]});
    }
    std::stable_sort(cancels.begin(), cancels.end(),
                     [](const Cancel& a, const Cancel& b) { return a.round < b.round; });
    return cancels;
}

}  // namespace sbraid

// A revision is the plan before it with a line in `again` of each job that is chosen, and other waivers.

#include <algorithm>
#include <vector>

#include "array_ranges.hpp"
#include "job_record.hpp"
#include "run_state.hpp"
#include "sbraid/resume_choice.hpp"

namespace sbraid {
namespace {

ArraySpec elements_of(const Share& share, const PlannedJob& job) {
    const std::vector<std::uint32_t> indexes(share.elements.begin(), share.elements.end());
    return {ranges_of(indexes), job.array ? job.array->limit : std::nullopt};
}

bool overlap(const Share& a, const Share& b) {
    if (a.is_whole || b.is_whole) return true;
    return std::any_of(a.elements.begin(), a.elements.end(),
                       [&](std::uint32_t element) { return b.has(element); });
}

/// The part of the parent that the edge looks at is submitted anew.
bool is_renewed(const PlannedEdge& edge, const Share& child, JobIndex parent, const ResumeChoice& choice) {
    const auto found = choice.again.find(parent.value);
    if (found == choice.again.end()) return false;
    const Share& share = found->second.share;
    if (edge.element) return share.has(*edge.element);
    return edge.kind != EdgeKind::aftercorr || overlap(share, child);
}

bool has_begun_before(const JobRecord& record) {
    return std::any_of(record.elements.begin(), record.elements.end(),
                       [](const ElementState& element) { return run_state::has_started(element); });
}

void set_waivers(PlannedJob& job, const JobRecord& record, const Again& again, const RunState& state,
                 const ResumeChoice& choice) {
    for (PlannedEdge& edge : job.edges) {
        const auto* const parent = std::get_if<JobIndex>(&edge.parent);
        if (parent == nullptr) {
            edge.waived = again.is_named || has_begun_before(record);
            continue;
        }
        const JobRecord& of_parent = state.jobs.at(parent->value);
        const bool is_over = has_ended(of_parent) || !of_parent.skipped.empty();
        edge.waived = again.is_named && is_over && !is_renewed(edge, again.share, *parent, choice);
    }
}

}  // namespace

SubmissionPlan revise(SubmissionPlan plan, const RunState& state, const ResumeChoice& choice) {
    ++plan.revision;
    for (const auto& [index, again] : choice.again) {
        PlannedJob& job = plan.jobs.at(index);
        const JobRecord& record = state.jobs.at(index);
        set_waivers(job, record, again, state, choice);
        Resubmission next{.revision = plan.revision, .number = record.submissions + 1, .elements = {}};
        if (!again.share.is_whole && job.array) next.elements = elements_of(again.share, job);
        job.again.push_back(std::move(next));
    }
    return plan;
}

}  // namespace sbraid

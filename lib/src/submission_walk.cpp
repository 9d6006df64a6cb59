#include "sbraid/action.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <utility>

#include "edge_verdict.hpp"
#include "job_record.hpp"

// Kahn's algorithm over the plan: each job counts its edges to parents that are not settled; settling a
// parent counts its children down, and a child at zero is ready. What is settled is read from the state: the
// walk itself only remembers what it has handed out, so that a crash between two calls loses nothing.

namespace sbraid {

namespace {

std::string parent_name(const SubmissionPlan& plan, const PlannedEdge& edge) {
    std::string name;
    if (const auto* job = std::get_if<JobIndex>(&edge.parent)) {
        const PlannedJob& parent = plan.jobs[job->value];
        return edge.element ? fmt::format("{}[{}]", parent.task, parent.element_name(*edge.element))
                            : parent.name();
    } else {
        name = fmt::format("job:{}", std::get<JobId>(edge.parent).value);
    }
    if (edge.element) name += fmt::format("[{}]", *edge.element);
    return name;
}

}  // namespace

/// An edge as it is now.
struct SubmissionWalk::Judged {
    EdgeVerdict verdict = EdgeVerdict::open;
    JobId id;               ///< of the parent
    bool anchored = false;  ///< the parent cannot start before our release
    std::string why;        ///< impossible or unknown: the reason
};

SubmissionWalk::SubmissionWalk(const SubmissionPlan& plan, const RunState& state, OutsideJobs outside,
                               const SeenAlive* seen)
    : plan_(&plan),
      outside_(std::move(outside)),
      seen_(seen),
      children_(plan.children()),
      fate_(plan.jobs.size(), Fate::waiting),
      parents_missing_(plan.jobs.size(), 0),
      number_(plan.jobs.size(), 0),
      anchored_(plan.jobs.size(), false),
      left_(plan.jobs.size()) {
    for (const auto& children : children_) {
        for (const JobIndex child : children) ++parents_missing_[child.value];
    }
    for (std::uint32_t job = 0; job < plan.jobs.size(); ++job) {
        const JobRecord& record = state.jobs.at(job);
        if (!is_done_without(plan.jobs[job], record) && is_to_submit(record, state)) continue;
        // Pending jobs behind one that waits for our release wait with it.
        anchored_[job] = (is_held_by_us(plan.jobs[job], record) && is_seen(record, std::nullopt)) ||
                         (record.current && !has_ended(record) && is_behind_anchor(plan.jobs[job]));
        settle(job);
    }
    ready_.clear();  // settle() took for ready what was settled after it
    for (std::uint32_t job = 0; job < plan.jobs.size(); ++job) {
        if (fate_[job] == Fate::waiting && parents_missing_[job] == 0) ready_.push_back(job);
    }
}

bool SubmissionWalk::is_behind_anchor(const PlannedJob& job) const {
    const auto is_anchor = [this](const PlannedEdge& edge) {
        const auto* parent = std::get_if<JobIndex>(&edge.parent);
        return parent != nullptr && anchored_[parent->value];
    };
    if (job.join == Join::all) return std::any_of(job.edges.begin(), job.edges.end(), is_anchor);
    return !job.edges.empty() && std::all_of(job.edges.begin(), job.edges.end(), is_anchor);
}

bool SubmissionWalk::is_seen(const JobRecord& record, std::optional<std::uint32_t> element) const {
    if (seen_ == nullptr) return true;
    if (!record.current) return false;
    const JobId id = record.current->id;
    if (seen_->contains({id, std::nullopt})) return true;
    return std::all_of(record.elements.begin(), record.elements.end(), [&](const ElementState& one) {
        const bool asked_for = !element || one.element == element;
        return !asked_for || one.final || seen_->contains({id, one.element});
    });
}

/// A rollback cancels what was never released: none of it has run, all of it may be submitted anew, also what
/// Slurm has forgotten since.
bool SubmissionWalk::is_to_submit(const JobRecord& record, const RunState& state) const {
    if (!record.current) return state.rolled_back || record.skipped.empty();
    if (was_taken_back(record)) return true;
    if (!record.taken_back || record.cancelled || seen_ == nullptr) return false;
    return std::all_of(record.elements.begin(), record.elements.end(),
                       [&](const ElementState& one) {
                           return !one.final && one.attempts == 0 &&
                                  !seen_->contains({record.current->id, one.element});
                       }) &&
           !seen_->contains({record.current->id, std::nullopt});
}

void SubmissionWalk::settle(std::uint32_t job) {
    fate_[job] = Fate::settled;
    --left_;
    for (const JobIndex child : children_[job]) {
        if (--parents_missing_[child.value] == 0 && fate_[child.value] == Fate::waiting) {
            ready_.push_back(child.value);
        }
    }
}

void SubmissionWalk::look_at(std::uint32_t job, const JobRecord& record) {
    const std::uint32_t number = number_[job];
    if (is_done_without(plan_->jobs[job], record)) return settle(job);
    if (number == 0) {  // was to be skipped
        if (!record.skipped.empty()) return settle(job);
    } else if (record.current && record.current->number >= number) {
        return settle(job);
    } else if (record.submissions >= number && !record.refused.empty()) {
        fate_[job] = Fate::blocked;
        return;
    }
    fate_[job] = Fate::waiting;
    ready_.push_back(job);
}

std::vector<Action> SubmissionWalk::next(const RunState& state) {
    for (const std::uint32_t job : std::exchange(handed_out_, {})) look_at(job, state.jobs.at(job));
    std::vector<std::uint32_t> ready = std::exchange(ready_, {});
    std::sort(ready.begin(), ready.end());
    std::vector<Action> actions;
    actions.reserve(ready.size());
    for (const std::uint32_t job : ready) {
        actions.push_back(decide(job, state));
        if (std::holds_alternative<Stuck>(actions.back())) {
            fate_[job] = Fate::blocked;
        } else {
            fate_[job] = Fate::handed_out;
            handed_out_.push_back(job);
        }
    }
    return actions;
}

SubmissionWalk::Judged SubmissionWalk::judge_edge(const PlannedEdge& edge, const RunState& state,
                                                  const std::optional<ArraySpec>& elements) const {
    Judged judged;
    if (edge.waived) {
        judged.verdict = EdgeVerdict::met;
        return judged;
    }
    Progress parent;
    bool is_in_queue = true;
    if (const auto* inside = std::get_if<JobIndex>(&edge.parent)) {
        const JobRecord& record = state.jobs.at(inside->value);
        const bool goes_by_element = edge.kind == EdgeKind::aftercorr && !edge.element && elements;
        parent = goes_by_element ? progress(record, *elements) : progress(record, edge.element);
        // An element that is not of the job that counts now has ended.
        if (record.current) judged.id = record.current->id;
        judged.anchored = anchored_[inside->value];
        is_in_queue = is_seen(record, edge.element);
    } else {
        judged.id = std::get<JobId>(edge.parent);
        const auto found = outside_.find(judged.id);
        parent = progress(found == outside_.end() ? std::vector<JobStatus>{} : found->second, edge.element);
    }
    judged.verdict = judge(edge.kind, parent);
    const std::string name = parent_name(*plan_, edge);
    if (judged.verdict == EdgeVerdict::impossible || judged.verdict == EdgeVerdict::unknown) {
        judged.why = reason(edge.kind, name, parent);
    } else if (judged.verdict == EdgeVerdict::open && !is_in_queue) {
        judged.verdict = EdgeVerdict::unknown;
        judged.why =
            fmt::format("its parent '{}' (job {}) is not in the queue, and how it ended is not known", name,
                        judged.id.value);
    }
    return judged;
}

Action SubmissionWalk::decide(std::uint32_t index, const RunState& state) {
    const PlannedJob& job = plan_->jobs[index];
    const bool any = job.join == Join::any;
    Submission how;
    how.parent_ids.reserve(job.edges.size());
    bool met = false;
    std::size_t open = 0;
    std::size_t anchored = 0;
    std::string stuck;
    std::string impossible;
    number_[index] = 0;
    const std::uint32_t number = state.jobs.at(index).submissions + 1;
    if (const Resubmission* const again = job.resubmission(number)) how.elements = again->elements;
    for (const PlannedEdge& edge : job.edges) {
        Judged judged = judge_edge(edge, state, how.elements);
        const bool sent = judged.verdict == EdgeVerdict::open;
        how.parent_ids.push_back(sent ? judged.id : JobId{0});
        if (sent) ++open;
        if (sent && judged.anchored) ++anchored;
        if (judged.verdict == EdgeVerdict::met) met = true;
        if (judged.verdict == EdgeVerdict::unknown && stuck.empty()) stuck = std::move(judged.why);
        if (judged.verdict != EdgeVerdict::impossible) continue;
        if (!any) return Skip{JobIndex{index}, std::move(judged.why)};
        impossible = std::move(judged.why);
    }
    if (any && met) {
        std::fill(how.parent_ids.begin(), how.parent_ids.end(), JobId{0});
        open = anchored = 0;
    } else if (!stuck.empty()) {
        return Stuck{JobIndex{index}, std::move(stuck)};
    } else if (any && open == 0 && !job.edges.empty()) {
        return Skip{JobIndex{index}, std::move(impossible)};
    }
    const bool is_anchored = any ? anchored > 0 && anchored == open : anchored > 0;
    how.number = number;
    how.held = !is_anchored && !job.user_hold;
    number_[index] = how.number;
    anchored_[index] = is_anchored || how.held;
    return Submit{JobIndex{index}, std::move(how)};
}

}  // namespace sbraid

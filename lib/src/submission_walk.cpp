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
        name = plan.jobs[job->value].name();
    } else {
        name = fmt::format("job:{}", std::get<JobId>(edge.parent).value);
    }
    if (edge.element) name += fmt::format("[{}]", *edge.element);
    return name;
}

}  // namespace

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
        if (is_to_submit(record, state)) continue;
        // Pending jobs behind one that waits for our release wait with it.
        const auto& edges = plan.jobs[job].edges;
        anchored_[job] = (is_held_by_us(plan.jobs[job], record) && is_seen(record, std::nullopt)) ||
                         (record.current && !has_ended(record) &&
                          std::any_of(edges.begin(), edges.end(), [&](const PlannedEdge& edge) {
                              const auto* parent = std::get_if<JobIndex>(&edge.parent);
                              return parent != nullptr && anchored_[parent->value];
                          }));
        settle(job);
    }
    ready_.clear();  // settle() took for ready what was settled after it
    for (std::uint32_t job = 0; job < plan.jobs.size(); ++job) {
        if (fate_[job] == Fate::waiting && parents_missing_[job] == 0) ready_.push_back(job);
    }
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

Action SubmissionWalk::decide(std::uint32_t index, const RunState& state) {
    const PlannedJob& job = plan_->jobs[index];
    Submission how;
    how.parent_ids.reserve(job.edges.size());
    bool anchored = false;
    std::string stuck;
    number_[index] = 0;
    for (const PlannedEdge& edge : job.edges) {
        Progress parent;
        JobId id;
        bool parent_anchored = false;
        bool is_in_queue = true;
        if (const auto* inside = std::get_if<JobIndex>(&edge.parent)) {
            const JobRecord& record = state.jobs.at(inside->value);
            parent = progress(record, edge.element);
            if (record.current) id = record.current->id;
            parent_anchored = anchored_[inside->value];
            is_in_queue = is_seen(record, edge.element);
        } else {
            id = std::get<JobId>(edge.parent);
            const auto found = outside_.find(id);
            parent =
                progress(found == outside_.end() ? std::vector<JobStatus>{} : found->second, edge.element);
        }
        switch (judge(edge.kind, parent)) {
            case EdgeVerdict::open:
                if (!is_in_queue && stuck.empty()) {
                    stuck = fmt::format(
                        "its parent '{}' (job {}) is not in the queue, and how it ended is not known",
                        parent_name(*plan_, edge), id.value);
                }
                how.parent_ids.push_back(id);
                anchored = anchored || parent_anchored;
                break;
            case EdgeVerdict::met:
                how.parent_ids.emplace_back(0);
                break;
            case EdgeVerdict::impossible:
                return Skip{JobIndex{index}, reason(edge.kind, parent_name(*plan_, edge), parent)};
            case EdgeVerdict::unknown:
                if (stuck.empty()) stuck = reason(edge.kind, parent_name(*plan_, edge), parent);
                how.parent_ids.emplace_back(0);
                break;
        }
    }
    if (!stuck.empty()) return Stuck{JobIndex{index}, std::move(stuck)};
    how.number = state.jobs.at(index).submissions + 1;
    how.held = !anchored && !job.user_hold;
    number_[index] = how.number;
    anchored_[index] = anchored || how.held;
    return Submit{JobIndex{index}, std::move(how)};
}

}  // namespace sbraid

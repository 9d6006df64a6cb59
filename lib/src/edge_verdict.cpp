#include "edge_verdict.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "run_state.hpp"

// An edge is judged from counts: how many elements of the parent there are, how many have ended, how many of
// them are COMPLETED. Slurm's rules (sbatch(1), --dependency): afterok on an array wants all elements ok,
// afternotok at least one that is not, once all have ended; a cancelled job has ended and is not ok.

namespace sbraid {

namespace {

void count(Progress& progress, JobState state, bool ended) {
    ++progress.elements;
    if (state == JobState::lost) progress.lost = true;
    if (!ended) return;
    ++progress.ended;
    if (is_success(state)) {
        ++progress.ok;
    } else if (progress.bad == JobState::completed) {
        progress.bad = state;
    }
}

bool is_under_way(JobState state) {
    return state != JobState::pending && state != JobState::unsubmitted;
}

void count(Progress& progress, const JobRecord& parent, const ElementState& one) {
    if (one.final) return count(progress, one.status.state, true);
    if (!parent.skipped.empty()) return count(progress, JobState::skipped, true);
    // What runs goes on until scancel has reached it, and may even end well before.
    if (parent.cancelled && !run_state::has_started(one) && !is_under_way(one.status.state))
        return count(progress, JobState::cancelled, true);
    count(progress, one.status.state, false);
}

std::string how_it_ended(JobState state) {
    if (state == JobState::failed) return "failed";
    if (state == JobState::cancelled) return "was cancelled";
    if (state == JobState::skipped) return "was skipped";
    if (state == JobState::timeout) return "ran into its time limit";
    if (state == JobState::out_of_memory) return "ran out of memory";
    return fmt::format("ended as {}", to_string(state));
}

}  // namespace

Progress progress(const JobRecord& parent, std::optional<std::uint32_t> element) {
    Progress result;
    if (element) {
        const auto found =
            std::lower_bound(parent.elements.begin(), parent.elements.end(), element,
                             [](const ElementState& one, const std::optional<std::uint32_t>& wanted) {
                                 return one.element < wanted;
                             });
        if (found != parent.elements.end() && found->element == element) count(result, parent, *found);
    } else {
        for (const ElementState& one : parent.elements) count(result, parent, one);
    }
    if (result.elements == 0) count(result, parent, ElementState{});
    return result;
}

Progress progress(const JobRecord& parent, const ArraySpec& elements) {
    Progress result;
    for (const ElementState& one : parent.elements)
        if (one.element && elements.contains(*one.element)) count(result, parent, one);
    return result.elements == 0 ? progress(parent, std::nullopt) : result;
}

Progress progress(const std::vector<JobStatus>& parent, std::optional<std::uint32_t> element) {
    Progress result;
    for (const JobStatus& one : parent) {
        // A row without an element speaks for all of them.
        if (!element || !one.key.element || one.key.element == element) {
            count(result, one.state, is_terminal(one.state) || one.state == JobState::lost);
        }
    }
    if (result.elements == 0) ++result.elements;  // said nothing of: taken to be in the queue
    return result;
}

EdgeVerdict judge(EdgeKind kind, const Progress& parent) {
    if (parent.lost) return EdgeVerdict::unknown;
    switch (kind) {
        case EdgeKind::afterok:
            if (parent.ok < parent.ended) return EdgeVerdict::impossible;
            return parent.all_ended() ? EdgeVerdict::met : EdgeVerdict::open;
        case EdgeKind::afternotok:
            if (!parent.all_ended()) return EdgeVerdict::open;
            return parent.ok < parent.elements ? EdgeVerdict::met : EdgeVerdict::impossible;
        case EdgeKind::afterany:
        case EdgeKind::after:
            return parent.all_ended() ? EdgeVerdict::met : EdgeVerdict::open;
        case EdgeKind::aftercorr:
            if (!parent.all_ended()) return EdgeVerdict::open;
            if (parent.ok == parent.elements) return EdgeVerdict::met;
            // Some of the child's elements could run: that takes an array with fewer elements.
            return parent.ok == 0 ? EdgeVerdict::impossible : EdgeVerdict::unknown;
    }
    return EdgeVerdict::unknown;
}

std::string reason(EdgeKind kind, std::string_view parent_name, const Progress& parent) {
    if (parent.lost) {
        return fmt::format("parent '{}' is LOST: neither squeue nor sacct knows how it ended", parent_name);
    }
    if (kind == EdgeKind::afternotok) return fmt::format("parent '{}' succeeded", parent_name);
    if (kind == EdgeKind::aftercorr && parent.ok > 0) {
        return fmt::format(
            "some elements of parent '{}' failed, and a part of an array cannot be submitted yet",
            parent_name);
    }
    return fmt::format("parent '{}' {}", parent_name, how_it_ended(parent.bad));
}

}  // namespace sbraid

#include "outside_jobs.hpp"

#include <algorithm>
#include <map>
#include <set>

// The controller first. The accounting is asked about jobs that the controller does not list, and about
// arrays, of which it may have forgotten some elements. Of several rows of one element (requeues, ids that
// came round again) the last by submit time counts.

namespace sbraid {

namespace {

/// Nobody waits for a job that ended longer ago.
constexpr std::chrono::hours k_look_back{24 * 365};

}  // namespace

std::vector<JobId> outside_ids(const SubmissionPlan& plan) {
    std::set<JobId> ids;
    for (const auto& job : plan.jobs) {
        for (const auto& edge : job.edges) {
            if (const auto* id = std::get_if<JobId>(&edge.parent)) ids.insert(*id);
        }
    }
    return {ids.begin(), ids.end()};
}

Result<OutsideJobs> look_up_outside(Backend& backend, const std::vector<JobId>& ids, Timestamp now) {
    auto listed = backend.look_up(ids);
    if (!listed) return Unexpected{std::move(listed.error())};
    OutsideJobs result;
    std::set<JobKey> known;
    std::set<JobId> to_account(ids.begin(), ids.end());
    for (auto& status : *listed) {
        known.insert(status.key);
        if (!status.key.element) to_account.erase(status.key.job);
        result[status.key.job].push_back(std::move(status));
    }
    if (to_account.empty()) return result;
    const std::vector<JobId> forgotten(to_account.begin(), to_account.end());
    auto rows = backend.account(forgotten, now - k_look_back);
    if (!rows) return Unexpected{std::move(rows.error())};
    if (!*rows) return result;
    std::map<JobKey, JobStatus> last;
    for (auto& row : **rows) {
        if (!row.step.empty() || known.contains(row.status.key)) continue;
        const auto [at, is_new] = last.try_emplace(row.status.key, row.status);
        if (!is_new &&
            (!at->second.submit || (row.status.submit && *at->second.submit <= *row.status.submit)))
            at->second = std::move(row.status);
    }
    for (auto& [key, status] : last) {
        if (is_terminal(status.state)) result[key.job].push_back(std::move(status));
    }
    return result;
}

bool is_known(const OutsideJobs& jobs, const PlannedEdge& edge) {
    const auto* id = std::get_if<JobId>(&edge.parent);
    if (id == nullptr) return true;
    const auto found = jobs.find(*id);
    if (found == jobs.end()) return false;
    return std::any_of(found->second.begin(), found->second.end(), [&](const JobStatus& one) {
        return !edge.element || !one.key.element || one.key.element == edge.element;
    });
}

}  // namespace sbraid

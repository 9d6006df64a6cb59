#include "adoption.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

// By token, the newest submission of a task first: once that is known, older ones are doubles. What a
// revision of the plan asks for anew is not taken over from before it.

namespace sbraid {

namespace {

std::vector<std::string> job_names(const SubmissionPlan& plan) {
    std::vector<std::string> names;
    names.reserve(plan.jobs.size());
    for (const auto& job : plan.jobs) names.push_back(job.name());
    return names;
}

/// It was submitted before the plan asked for the job anew.
bool is_superseded(const PlannedJob& job, std::uint32_t submission) {
    return !job.again.empty() && submission < job.again.back().number;
}

void set_rounds(std::vector<Cancel>& cancels, const SubmissionPlan& plan) {
    std::vector<bool> goes(plan.jobs.size(), false);
    for (const auto& one : cancels) goes[one.job.value] = true;
    const auto rounds = cancel_rounds(plan, goes);
    for (auto& one : cancels) one.round = rounds[one.job.value];
    std::stable_sort(cancels.begin(), cancels.end(),
                     [](const Cancel& a, const Cancel& b) { return a.round < b.round; });
}

}  // namespace

Adoption adoption(const Run& run, const std::vector<FoundJob>& found) {
    std::map<std::pair<std::string, std::uint32_t>, std::vector<const FoundJob*>> by_token;
    for (const auto& job : found) by_token[{job.token.job, job.token.submission}].push_back(&job);
    std::unordered_map<std::string_view, std::uint32_t> indexes;
    const auto names = job_names(run.plan);
    for (std::uint32_t i = 0; i < names.size(); ++i) indexes.emplace(names[i], i);
    Adoption result;
    std::map<std::uint32_t, JobSubmitted> taken;
    for (auto it = by_token.rbegin(); it != by_token.rend(); ++it) {
        auto& jobs = it->second;
        const auto& token = jobs.front()->token;
        const auto named = indexes.find(token.job);
        if (named == indexes.end()) continue;
        const auto index = named->second;
        std::sort(jobs.begin(), jobs.end(),
                  [](const auto* a, const auto* b) { return a->status.key < b->status.key; });
        std::optional<JobId> keeper;
        const auto& known = run.state.jobs.at(index).current;
        if (known && known->number >= token.submission) keeper = known->id;
        if (const auto newer = taken.find(index); newer != taken.end()) keeper = newer->second.id;
        const bool superseded = is_superseded(run.plan.jobs.at(index), token.submission);
        if (!keeper && !superseded) {
            const auto first = std::find_if(jobs.begin(), jobs.end(), [](const auto* job) {
                return job->status.state != JobState::cancelled;
            });
            if (first != jobs.end()) {
                const auto& status = (*first)->status;
                keeper = status.key.job;
                const bool user_hold = run.plan.jobs.at(index).user_hold;
                taken.emplace(index, JobSubmitted{.job = token.job,
                                                  .number = token.submission,
                                                  .id = *keeper,
                                                  .cluster = status.cluster,
                                                  .token = to_string(token),
                                                  .held = !user_hold && status.state == JobState::pending,
                                                  .adopted = true});
            }
        }
        std::set<JobId> seen;
        for (const auto* job : jobs) {
            const auto id = job->status.key.job;
            if (id == keeper || is_terminal(job->status.state) || !seen.insert(id).second) continue;
            result.doubles.push_back({.job = JobIndex{index},
                                      .key = JobKey{.job = id, .element = {}},
                                      .why = superseded ? "superseded" : "duplicate"});
        }
    }
    set_rounds(result.doubles, run.plan);
    for (auto& [index, job] : taken) result.jobs.push_back(std::move(job));
    return result;
}

std::size_t unrecorded_jobs(const Run& run) {
    return static_cast<std::size_t>(std::count_if(
        run.state.jobs.begin(), run.state.jobs.end(),
        [](const JobRecord& job) { return !job.current && job.skipped.empty() && job.refused.empty(); }));
}

}  // namespace sbraid

#include <algorithm>
#include <optional>
#include <string_view>

#include "job_record.hpp"
#include "sbraid/action.hpp"
#include "slurm_value.hpp"

// The length of the longest path from each job to the end of the run, children before parents; what is held
// is released in that order, so that the critical path gets its place in the queue first.

namespace sbraid {

namespace {

std::optional<std::uint64_t> time_limit(const PlannedJob& job) {
    constexpr std::string_view k_option = "--time=";
    for (const std::string_view option : job.options) {
        if (option.starts_with(k_option)) {
            return slurm_value::time_limit_seconds(option.substr(k_option.size()));
        }
    }
    return std::nullopt;
}

}  // namespace

std::vector<std::uint64_t> remaining_path(const SubmissionPlan& plan) {
    std::vector<std::uint64_t> own(plan.jobs.size(), 1);
    for (std::size_t job = 0; job < own.size(); ++job) {
        const auto limit = time_limit(plan.jobs[job]);
        if (!limit) {
            own.assign(own.size(), 1);
            break;
        }
        own[job] = *limit;
    }
    const auto children = plan.children();
    std::vector<std::uint64_t> path = own;
    for (std::size_t job = path.size(); job-- > 0;) {
        std::uint64_t longest = 0;
        for (const JobIndex child : children[job]) longest = std::max(longest, path[child.value]);
        path[job] += longest;
    }
    return path;
}

std::vector<JobId> to_release(const SubmissionPlan& plan, const RunState& state) {
    std::vector<std::uint32_t> held;
    for (std::uint32_t job = 0; job < plan.jobs.size(); ++job) {
        if (is_held_by_us(plan.jobs[job], state.jobs.at(job))) held.push_back(job);
    }
    const auto path = remaining_path(plan);
    std::stable_sort(held.begin(), held.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return path[a] > path[b]; });
    std::vector<JobId> ids;
    ids.reserve(held.size());
    for (const std::uint32_t job : held) ids.push_back(state.jobs.at(job).current->id);
    return ids;
}

}  // namespace sbraid

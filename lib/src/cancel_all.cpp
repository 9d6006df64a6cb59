#include <utility>

#include "job_record.hpp"
#include "sbraid/action.hpp"

// The plan backwards: no handler of a failure starts because its parent was cancelled before it.

namespace sbraid {

std::vector<Cancel> cancel_all(const SubmissionPlan& plan, const RunState& state, std::string why) {
    std::vector<Cancel> cancels;
    for (std::size_t job = plan.jobs.size(); job-- > 0;) {
        const JobRecord& record = state.jobs.at(job);
        if (!record.current || record.cancelled || has_ended(record)) continue;
        cancels.push_back(
            {JobIndex{static_cast<std::uint32_t>(job)}, JobKey{record.current->id, std::nullopt}, why});
    }
    return cancels;
}

}  // namespace sbraid

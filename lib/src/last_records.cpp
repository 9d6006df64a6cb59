#include "sbraid/last_records.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace sbraid {

bool lacks_last_records(const RunState& state) {
    std::set<JobKey> ended;
    for (const JobRecord& job : state.jobs) {
        for (const ElementState& element : job.elements)
            if (element.final) ended.insert(element.status.key);
    }
    const auto sortable = [](const StepKey& where) {
        return std::tuple{where.key, where.step, where.node, where.restart};
    };
    std::set<decltype(sortable(StepKey{}))> said_all;
    for (const StepEnded& step : state.steps_ended) said_all.insert(sortable(step.where));
    return std::any_of(state.steps.begin(), state.steps.end(), [&](const StepStarted& step) {
        return ended.contains(step.where.key) && !said_all.contains(sortable(step.where));
    });
}

std::optional<Timestamp> last_end(const RunState& state) {
    std::optional<Timestamp> last;
    for (const JobRecord& job : state.jobs)
        for (const ElementState& element : job.elements) last = std::max(last, element.status.end);
    return last;
}

}  // namespace sbraid

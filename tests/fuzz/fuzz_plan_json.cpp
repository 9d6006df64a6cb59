// plan.json, as `status` and `resume` read it: from a disk, perhaps of a newer version, perhaps damaged.
#include "fuzz.hpp"
#include "sbraid/batch_script.hpp"
#include "sbraid/plan.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sbraid;
    const auto plan = plan_from_json(fuzz::text_of(data, size));
    if (!plan) {
        fuzz::require(!plan.error().message.empty(), "what cannot be read has a reason");
        return 0;
    }
    std::ignore = plan->children();
    for (const PlannedJob& job : plan->jobs) std::ignore = batch_script(*plan, job);
    const std::string json = to_json(*plan);
    const auto again = plan_from_json(json);
    fuzz::require(again.has_value() && to_json(*again) == json, "what was read can be written and read",
                  json);
    return 0;
}

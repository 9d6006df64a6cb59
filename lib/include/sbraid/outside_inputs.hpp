#pragma once

#include <string>
#include <vector>

#include "sbraid/diagnostic.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid {

/// An input that no task of the workflow writes: it must be there before.
struct OutsideInput {
    TaskIndex task;
    PlacedText text;
};

/// In the order of the tasks. Without those of services, which may read what comes later.
[[nodiscard]] std::vector<OutsideInput> inputs_from_outside(const Workflow& workflow);

/// That `path`, which is one of those that the input means, is not there. Suggests an output with a name that
/// is nearly the same.
[[nodiscard]] Diagnostic missing_input(const Workflow& workflow, const OutsideInput& input,
                                       const std::string& path);

}  // namespace sbraid

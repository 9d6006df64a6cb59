#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "sbraid/plan.hpp"
#include "sbraid/result.hpp"

namespace sbraid {

/// A job of a plan that a person named: all of it, or some of its elements.
struct NamedJob {
    JobIndex job;
    std::vector<std::uint32_t> elements;  ///< Slurm's indexes, ascending; empty: all of it
    /// Of an element's state: it was named.
    [[nodiscard]] bool has(std::optional<std::uint32_t> element) const {
        return elements.empty() ||
               (element && std::binary_search(elements.begin(), elements.end(), *element));
    }
    friend bool operator==(const NamedJob&, const NamedJob&) = default;
};

/// What `train`, `train[3]`, `train[0-3]`, `train[lr=1e-4]`, `prep-*`, `prep/train`, `prep` (all of a
/// sub-workflow), `prep[lr=1e-4]/train`, `prep.0/train` or `prep/*` means in a plan, in its order; never
/// empty. Usage error: there is no such task, or it has no such element.
[[nodiscard]] Result<std::vector<NamedJob>> tasks_named(const SubmissionPlan& plan, std::string_view text);

/// The sub-workflow that a task belongs to, with a `/` behind it; empty: to the workflow itself.
[[nodiscard]] std::string_view sub_workflow_of(std::string_view task);

}  // namespace sbraid

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>

#include "sbraid/plan.hpp"

namespace sbraid {

/// What is meant of a job: all of it, or some elements.
struct Share {
    bool is_whole = false;
    std::set<std::uint32_t> elements{};  ///< Slurm's indexes

    [[nodiscard]] bool has(std::uint32_t element) const { return is_whole || elements.contains(element); }
    /// Takes in another share of the same job. False: it was all in there already.
    bool take(const Share& other);
    friend bool operator==(const Share&, const Share&) = default;
};
using Shares = std::map<std::uint32_t, Share>;  ///< by JobIndex

/// What is chosen and everything below it: of a child what waits for what is meant of its parent, by the
/// element where the edge goes so. Edges that only keep limits lead to gates alone. `is_followed`: whether to
/// go on to a child from the task, or other job that is no gate, above it.
[[nodiscard]] Shares with_descendants(
    const SubmissionPlan& plan, const Shares& chosen,
    const std::function<bool(const PlannedJob& child, const PlannedJob& above)>& is_followed);

}  // namespace sbraid

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "condition_leaves.hpp"
#include "sbraid/run_state.hpp"

namespace sbraid {

/// What a job in the queue still waits for. Plan and state must outlive it.
class OpenEdges {
  public:
    OpenEdges(const SubmissionPlan& plan, const RunState& state, const PlannedJob& job);

    /// "waits for prep, train and 7 others"; where only the limits of the file keep it back, that is said.
    /// Empty: nothing is known to be open.
    [[nodiscard]] std::string in_words(std::optional<std::uint32_t> element) const;

  private:
    [[nodiscard]] bool is_open(const PlannedEdge& edge, std::optional<std::uint32_t> element) const;
    /// Each once, sorted.
    [[nodiscard]] std::vector<std::string> parents(bool of_limits,
                                                   std::optional<std::uint32_t> element) const;

    const SubmissionPlan& plan_;
    const RunState& state_;
    std::vector<ConditionLeaf> leaves_;  // that are open for some element
};

}  // namespace sbraid

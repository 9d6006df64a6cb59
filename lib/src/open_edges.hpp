#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sbraid/plan.hpp"
#include "sbraid/run_state.hpp"

namespace sbraid {

/// What a job in the queue still waits for. Plan and state must outlive it.
class OpenEdges {
  public:
    OpenEdges(const SubmissionPlan& plan, const RunState& state, const PlannedJob& job);

    /// "waits for prep, train and 7 others"; where only the limits of the file keep it back, that is said.
    /// Empty: nothing is known to be open. All elements have the same words but where an edge goes by the
    /// element, and so they are made once.
    [[nodiscard]] const std::string& in_words(std::optional<std::uint32_t> element);

  private:
    /// What is open of one level of the condition.
    struct Open {
        bool is_met = false;     ///< for ever; then nothing is open
        bool can_be_met = true;  ///< without it, nothing is waited for either
        std::vector<std::string> required{};
        std::vector<std::string> alternatives{};
    };
    [[nodiscard]] Open look_at(const PlannedJob& job);
    [[nodiscard]] Open look_at(const PlannedEdge& edge);
    [[nodiscard]] std::string words(const std::vector<std::string>& required) const;

    const SubmissionPlan& plan_;
    const RunState& state_;
    Open open_;  ///< without what goes by the element; names sorted, each once
    std::vector<std::string> of_limits_;
    std::string delay_;  ///< what is left when nothing else is: "until 10 min after the start of a"
    struct ByElement {
        JobIndex parent;
        std::string name;
    };
    std::vector<ByElement> by_element_;
    std::string whole_;    ///< open_ in words
    std::string element_;  ///< those of the element that was asked for last
};

}  // namespace sbraid

#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sbraid/resume_choice.hpp"

namespace sbraid {

enum class ResumeAction : std::uint8_t {
    submit,
    replace,  ///< cancel what is in the queue of it, and submit
    adopt,    ///< it is in the queue, and stays
};
[[nodiscard]] std::string_view to_string(ResumeAction action);

/// What a `resume` does with a task, or with some elements of it.
struct ResumeRow {
    std::string task;
    std::vector<std::string> elements;  ///< as people know them; empty: all of it
    ResumeAction action = ResumeAction::submit;
    std::string why;
};

/// In the order of the plan; without what has ended and stays as it is. Of a cut task a row for each part.
[[nodiscard]] std::vector<ResumeRow> resume_rows(const SubmissionPlan& plan, const RunState& state,
                                                 const ResumeChoice& choice);

/// The jobs that are submitted, by number: what is chosen, and what was to be submitted before.
[[nodiscard]] std::set<std::uint32_t> jobs_to_submit(const SubmissionPlan& plan, const RunState& state,
                                                     const ResumeChoice& choice);

/// "train", "train[3], train[5] and 7 others".
[[nodiscard]] std::string shown_elements(const ResumeRow& row);

/// How many tasks of the rows are submitted, in part or as a whole.
[[nodiscard]] std::size_t tasks_to_submit(const std::vector<ResumeRow>& rows);

}  // namespace sbraid

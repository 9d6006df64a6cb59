#pragma once

#include <string>
#include <vector>

#include "sbraid/named_tasks.hpp"
#include "sbraid/plan.hpp"
#include "sbraid/run_state.hpp"
#include "sbraid/status_view.hpp"

// What `sbraid explain` says: why a task waits, failed or never ran, and what to do next.

namespace sbraid {

/// A task, or those of its elements that share a fate.
struct Explanation {
    StatusRow first;                    ///< of the elements, the first
    std::vector<std::string> elements;  ///< as people know them; empty: a task without
    std::vector<std::string> because;   ///< what is known beyond the row, a clause each; may be empty
    std::vector<std::string> next;      ///< what to do, a sentence or a command line each; may be empty
    bool is_failure = false;  ///< of the run: not so a service that was ended when nothing needed it
};

struct ExplainContext {
    Timestamp now;
    std::string run;                  ///< the operand that names this run in a command line
    std::string file;                 ///< the workflow file, as the user would write it
    bool is_being_submitted = false;  ///< somebody is at it right now
};

/// Failures first, else in the order of the plan. `named` is of this plan (tasks_named()).
[[nodiscard]] std::vector<Explanation> explain(const SubmissionPlan& plan, const RunState& state,
                                               const std::vector<NamedJob>& named,
                                               const ExplainContext& context);

/// An explanation with what the caller has read of the log.
struct Explained {
    Explanation what;
    std::string log;                ///< path of what `tail` is of; empty: nothing is written yet
    std::vector<std::string> tail;  ///< its last lines; may be empty
};

/// For people.
[[nodiscard]] std::string explain_text(const std::vector<Explained>& all);
/// For programs (-P): without the log's lines; what is a list stands behind "; ".
[[nodiscard]] TextTable explain_parsable(const std::vector<Explained>& all);
/// `sbraid.explain/1`, one line with its newline. `stale`: Slurm could not be asked.
[[nodiscard]] std::string explain_json(const SubmissionPlan& plan, bool stale,
                                       const std::vector<Explained>& all);

}  // namespace sbraid

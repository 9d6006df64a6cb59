#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sbraid/descendants.hpp"
#include "sbraid/named_tasks.hpp"
#include "sbraid/plan.hpp"
#include "sbraid/run_state.hpp"

namespace sbraid {

/// What of a run a `resume` submits anew, besides what was never submitted.
enum class Anew : std::uint8_t {
    nothing,
    unsuccessful,  ///< what ended without success, also what was cancelled, and everything below it
    failed,        ///< what failed, and everything below it
    from,          ///< what was named, and everything below it, also what succeeded
    only,          ///< what was named
};

/// One job of it.
struct Again {
    Share share;
    std::string why;         ///< "exit code 1", "waits for 'train'", "named"
    bool is_named = false;   ///< it goes without what its finished parents came to
    bool is_queued = false;  ///< a job of it is in the queue, to be cancelled for the new one
    bool runs = false;       ///< and has begun
};
/// What is concerned, but left as it is.
struct LeftAlone {
    JobIndex job;
    std::string why;  ///< "runs"
};

struct ResumeChoice {
    std::map<std::uint32_t, Again> again;  ///< by JobIndex
    std::vector<LeftAlone> left;

    [[nodiscard]] std::size_t running() const;
};

/// Decides it from what is known: the state is that of now.
/// - Of an array only the elements that are meant; nothing of one that has begun and not ended (its elements
///   are of one job), but where the whole of it is named or below what is named.
/// - What is below, and in the queue without having begun, goes too: it has to wait for the new jobs. What is
///   below and runs is left alone, unless something was named.
/// - A service that has ended is started again for what needs it; what closes it, and the notifier, always
/// wait
///   for all that is new.
/// - `renewed`, what an edited file has made another thing of, is submitted as a whole, with everything below
///   it.
/// - LOST is not chosen, because nobody knows how it ended; it can be named.
/// Usage error: elements are named of an array that has begun and not ended.
[[nodiscard]] Result<ResumeChoice> choose_again(const SubmissionPlan& plan, const RunState& state, Anew which,
                                                const std::vector<NamedJob>& named = {},
                                                const std::vector<JobIndex>& renewed = {});

/// The next revision of the plan, which asks for that (PlannedJob::again). Of what was named, edges to
/// parents that have ended, and are not submitted anew themselves, are waived; of anything that has begun
/// before those to jobs outside of the plan, which had been met.
[[nodiscard]] SubmissionPlan revise(SubmissionPlan plan, const RunState& state, const ResumeChoice& choice);

}  // namespace sbraid

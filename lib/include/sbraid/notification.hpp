#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sbraid/plan.hpp"
#include "sbraid/run_state.hpp"
#include "sbraid/webhook.hpp"

namespace sbraid {

/// A message that a webhook is to get.
struct Notification {
    Occasion occasion = Occasion::finished;
    /// The same whoever sends it and however often, and of no other message: who gets it twice can tell.
    std::string key;
    std::string body;  ///< JSON, `sbraid.notification/1`, without a newline
    friend bool operator==(const Notification&, const Notification&) = default;
};

/// Everything that the webhook of the plan is to be told of by now, of the present round, in the order in
/// which it happened; empty without a webhook.
/// - finished: the run has succeeded, failed or been cancelled. A run that was never completely in and is
///   taken back is none: whoever submitted it has seen that.
/// - failed: a task has failed and Slurm will not run it again, though others may still run; or the run has
///   ended with failures. What was cancelled has not failed.
[[nodiscard]] std::vector<Notification> notifications(const SubmissionPlan& plan, const RunState& state);

/// Those that it has not answered yet: owed are they, because without an answer nobody knows whether it got
/// them.
[[nodiscard]] std::vector<Notification> owed(const SubmissionPlan& plan, const RunState& state);

/// Whether it has answered this in the present round, delivered or refused.
[[nodiscard]] bool is_answered(const RunState& state, Occasion occasion);

/// The occasions of the present round to which its last answer was a refusal, with that answer.
[[nodiscard]] std::vector<WebhookAnswered> refusals(const RunState& state);

/// What an answer of the webhook means.
enum class Verdict {
    delivered,  ///< 2xx
    refused,    ///< it is not to be told this again: 3xx beyond the redirects that are followed, 4xx
    busy,       ///< may be tried again: 408, 425, 429, 5xx
};
[[nodiscard]] Verdict verdict(int http_status);

}  // namespace sbraid

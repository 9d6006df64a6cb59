#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app.hpp"
#include "io/http.hpp"
#include "run.hpp"
#include "sbraid/journal/journal.hpp"
#include "sbraid/notification.hpp"

namespace sbraid {

/// What became of one message.
struct Delivery {
    Notification notification;
    Verdict verdict = Verdict::busy;  ///< busy: there was no answer, or none that settles it
    std::optional<int> status;        ///< of HTTP; nullopt: there was no answer
};

/// Tells the webhook of a run what it is owed, and records its answers, so that nobody tells it again.
/// Trouble is a warning, without the address, and never more: it says nothing of the run.
class Notifier {
  public:
    using Post = std::function<Result<int>(const HttpPost&)>;
    struct Settings {
        /// How long `tell` tries, all messages together, with growing pauses, while there is no answer or a
        /// busy one.
        std::chrono::milliseconds patience{10'000};
        bool again = false;  ///< also what it has answered already
    };
    /// What is given outlives this. `interrupts` may be null.
    Notifier(const App& app, Journal& journal, Interrupts* interrupts, Settings settings, Post post);
    Notifier(const App& app, Journal& journal, Interrupts* interrupts)
        : Notifier(app, journal, interrupts, {}, post) {}

    /// Returns what was tried now, within `limit` too; what could not be delivered is not tried again by
    /// this object. Of several processes one sends at a time, where files can be locked, and what another has
    /// told meanwhile is taken into the state and not returned; that it was refused is a warning here too.
    /// Interrupted, it tries no more.
    std::vector<Delivery> tell(Run& run, std::optional<std::chrono::milliseconds> limit = {});

  private:
    [[nodiscard]] std::vector<Notification> due(const Run& run) const;
    /// These return nullopt when another process has told it, or is telling it.
    [[nodiscard]] std::optional<Delivery> deliver(Run& run, Notification notification, Timestamp end);
    [[nodiscard]] Result<std::optional<int>> insist(Run& run, const Notification& notification,
                                                    const std::string& url, Timestamp end);
    [[nodiscard]] Result<std::optional<int>> attempt(Run& run, const Notification& notification,
                                                     const std::string& url, Timestamp end);
    void record(Run& run, Occasion occasion, int status);
    void warn_of_refusals(const Run& run);
    [[nodiscard]] bool interrupted() const { return interrupts_ != nullptr && interrupts_->requested(); }

    const App* app_;
    Journal* journal_;
    Interrupts* interrupts_;
    Settings settings_;
    Post post_;
    std::set<std::string> tried_;  ///< keys
    std::set<std::pair<std::string, std::uint32_t>>
        warned_;  ///< occasion and round of refusals that were said
};

/// The URL to tell: the webhook's own, or the first line of its file. Errors (usage) name the file, never the
/// URL.
[[nodiscard]] Result<std::string> webhook_url(const Webhook& webhook);

}  // namespace sbraid

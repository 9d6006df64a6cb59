#include "notifier.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "io/file.hpp"
#include "io/file_lock.hpp"

// One try, under a lock on the plan: see what others have recorded, send what is still owed, record the
// answer. Who is killed between the last two leaves a message that is sent again, with the same key. The lock
// is free in the pauses between tries, so that of several processes none has to wait for the patience of
// another.

namespace sbraid {

namespace {

constexpr std::size_t k_max_address_file = 64 << 10;
constexpr std::chrono::milliseconds k_first_pause{1000};
constexpr std::chrono::milliseconds k_longest_pause{30'000};
constexpr std::chrono::milliseconds k_shortest_try{1000};

std::string first_line(std::string text) {
    text.erase(std::min(text.find('\n'), text.size()));
    while (!text.empty() && (text.back() == '\r' || text.back() == ' ' || text.back() == '\t'))
        text.pop_back();
    return text;
}

/// Takes over the answers that others have recorded since the state was read, and nothing else: what Slurm
/// said to this process alone is kept.
void learn_answers(Run& run) {
    const auto decoded = read_state(run.dir);
    if (!decoded) return;
    std::vector<WebhookAnswered> answers;
    for (const Record& record : decoded->records) {
        if (const auto* answer = std::get_if<WebhookAnswered>(&record.event)) answers.push_back(*answer);
    }
    run.state.answered = std::move(answers);
}

}  // namespace

Result<std::string> webhook_url(const Webhook& webhook) {
    const auto file = address_file(webhook.address);
    if (!file) return webhook.address;
    auto text = read_file(std::string(*file), k_max_address_file);
    if (!text) return Unexpected{std::move(text.error())};
    auto url = first_line(std::move(*text));
    if (const auto why = why_no_url(url); !why.empty()) {
        return Unexpected{Error{.kind = ErrorKind::usage,
                                .message = fmt::format("the URL in '{}' is none: {}", *file, why)}};
    }
    return url;
}

Notifier::Notifier(const App& app, Journal& journal, Interrupts* interrupts, Settings settings, Post post)
    : app_(&app), journal_(&journal), interrupts_(interrupts), settings_(settings), post_(std::move(post)) {}

std::vector<Notification> Notifier::due(const Run& run) const {
    auto all = settings_.again ? notifications(run.plan, run.state) : owed(run.plan, run.state);
    std::erase_if(all, [this](const Notification& one) { return tried_.contains(one.key); });
    return all;
}

std::vector<Delivery> Notifier::tell(Run& run, std::optional<std::chrono::milliseconds> limit) {
    std::vector<Delivery> result;
    const auto end = app_->clock.now() + std::min(settings_.patience, limit.value_or(settings_.patience));
    for (auto& notification : due(run)) {
        if (interrupted()) break;
        tried_.insert(notification.key);
        if (auto delivery = deliver(run, std::move(notification), end))
            result.push_back(std::move(*delivery));
    }
    warn_of_refusals(run);
    return result;
}

void Notifier::warn_of_refusals(const Run& run) {
    for (const WebhookAnswered& answer : refusals(run.state)) {
        if (!warned_.insert({answer.occasion, answer.round}).second) continue;
        app_->warn(fmt::format(
            "the webhook {} refused '{}' with HTTP status {}, and is not told again; 'sbraid notify --again "
            "{}' does",
            shown_address(run.plan.webhook->address), answer.occasion, answer.status, run_operand(run)));
    }
}

std::optional<Delivery> Notifier::deliver(Run& run, Notification notification, Timestamp end) {
    const auto url = webhook_url(*run.plan.webhook);
    const auto answer = url ? insist(run, notification, *url, end) : Unexpected{url.error()};
    if (answer && !*answer) return std::nullopt;
    Delivery result{.notification = std::move(notification), .status = {}};
    const auto shown = shown_address(url ? *url : run.plan.webhook->address);
    const auto what = to_string(result.notification.occasion);
    if (!answer) {
        app_->warn(fmt::format("the webhook {} could not be told '{}': {}; 'sbraid notify {}' tries again",
                               shown, what, answer.error().message, run_operand(run)));
        return result;
    }
    const int status = **answer;
    result.status = status;
    result.verdict = verdict(status);
    switch (result.verdict) {
        case Verdict::delivered:
            app_->say_more(fmt::format("told the webhook {} '{}'", shown, what));
            break;
        case Verdict::refused:  // `tell` says it
            break;
        case Verdict::busy:
            app_->warn(fmt::format(
                "the webhook {} could not be told '{}': HTTP status {}; 'sbraid notify {}' tries again",
                shown, what, status, run_operand(run)));
            break;
    }
    return result;
}

Result<std::optional<int>> Notifier::insist(Run& run, const Notification& notification,
                                            const std::string& url, Timestamp end) {
    const auto is_settled = [&](const Result<std::optional<int>>& answer) {
        if (!answer) return false;
        if (*answer) return verdict(**answer) != Verdict::busy;
        return !settings_.again && is_answered(run.state, notification.occasion);
    };
    auto pause = k_first_pause;
    while (true) {
        auto answer = attempt(run, notification, url, end);
        const bool no_time = app_->clock.now() + pause > end;
        if (is_settled(answer) || no_time || interrupted()) return answer;
        app_->clock.sleep(pause, interrupts_);
        if (interrupted()) return answer;
        pause = std::min(pause * 2, k_longest_pause);
    }
}

Result<std::optional<int>> Notifier::attempt(Run& run, const Notification& notification,
                                             const std::string& url, Timestamp end) {
    const auto lock = FileLock::acquire(run.dir + "/plan.json", std::chrono::milliseconds::zero());
    if (!lock) return std::nullopt;
    learn_answers(run);
    if (!settings_.again && is_answered(run.state, notification.occasion)) return std::nullopt;
    HttpPost request{
        .url = url,
        .headers = {"Content-Type: application/json", fmt::format("Idempotency-Key: {}", notification.key)},
        .body = notification.body,
        .interrupts = interrupts_};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - app_->clock.now());
    request.timeout = std::max(k_shortest_try, std::min(left, request.timeout));
    const auto status = post_(request);
    if (!status) return Unexpected{status.error()};
    if (verdict(*status) != Verdict::busy) record(run, notification.occasion, *status);
    return *status;
}

void Notifier::record(Run& run, Occasion occasion, int status) {
    const WebhookAnswered event{
        .occasion = std::string(to_string(occasion)), .round = run.state.round, .status = status};
    const auto now = next_time(run.state, app_->clock.now());
    apply(run.state, run.plan, Record{.writer = {}, .number = 0, .time = now, .event = event});
    auto stored = journal_->append(event, now);
    auto synced = stored ? journal_->sync() : Result<void>(Unexpected{stored.error()});
    if (!synced) {
        app_->warn(fmt::format("the answer of the webhook could not be recorded, so it may be told again: {}",
                               synced.error().message));
    }
}

}  // namespace sbraid

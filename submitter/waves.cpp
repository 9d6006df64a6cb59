#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "backend/classify.hpp"
#include "quantity.hpp"
#include "submitter.hpp"
#include "waiting.hpp"

// A graph that is larger than a limit on submitted jobs: what is in is released, and when some of it has
// ended, the walk is made anew from what is known then, as `resume` would. Between two waves the run may as
// well be cut: what is recorded is all that counts.

namespace sbraid {

using Done = tl::expected<void, Failure>;

namespace {

constexpr std::chrono::milliseconds k_longest_pause{30'000};
constexpr std::chrono::minutes k_say_again{10};

/// Elements in the queue of a job that nobody has to do anything for.
bool can_end(const PlannedJob& job, const ElementState& element) {
    if (element.final) return false;
    const bool has_started = element.status.state != JobState::pending;
    const bool is_kept =
        element.status.state == JobState::skipped || element.status.reason == "DependencyNeverSatisfied";
    return has_started || (!job.user_hold && !is_kept);
}

}  // namespace

std::size_t Submitter::open_elements() const {
    std::size_t open = 0;
    for (const auto& job : run_->state.jobs) {
        if (!job.current || job.cancelled) continue;
        open += static_cast<std::size_t>(
            std::count_if(job.elements.begin(), job.elements.end(),
                          [](const ElementState& element) { return !element.final; }));
    }
    return open;
}

bool Submitter::may_get_in_later(const Submit& submit) const {
    if (open_elements() > 0) return true;
    const auto& elements = submit.how.elements;  // of those that are submitted anew
    const auto size = elements ? elements->size() : run_->state.jobs.at(submit.job.value).elements.size();
    return waves_ > 0 && size <= most_in_;
}

std::vector<JobId> Submitter::to_release_now() const {
    auto ids = to_release(run_->plan, run_->state);
    // A service burns its time until those that need it are in: it is not to wait for them alone.
    std::vector<JobId> services;
    bool others = false;
    for (std::size_t i = 0; i < run_->plan.jobs.size(); ++i) {
        const auto& record = run_->state.jobs.at(i);
        if (!record.current) continue;
        const bool is_open = std::any_of(record.elements.begin(), record.elements.end(),
                                         [](const ElementState& element) { return !element.final; });
        if (run_->plan.jobs[i].service)
            services.push_back(record.current->id);
        else
            others = others || is_open;
    }
    if (others)
        std::erase_if(
            ids, [&](JobId id) { return std::find(services.begin(), services.end(), id) != services.end(); });
    return ids;
}

std::vector<std::string> Submitter::what_cannot_end() const {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < run_->plan.jobs.size(); ++i) {
        const auto& job = run_->plan.jobs[i];
        const auto& record = run_->state.jobs.at(i);
        if (!record.current || record.cancelled) continue;
        bool is_open = false;
        for (const auto& element : record.elements) {
            if (can_end(job, element)) return {};
            is_open = is_open || !element.final;
        }
        if (is_open) names.push_back(job.name());
    }
    return names;
}

void Submitter::say_what_is_in() {
    const auto now = app_->clock.now();
    if (waves_ > 1 && now - said_at_ < k_say_again) return;
    said_at_ = now;
    app_->say(fmt::format(
        "{} of {} are in, and the limit {} is reached: the rest follows as they end. Ctrl-C is safe, "
        "'sbraid resume {}' goes on",
        jobs_in(), quantity(run_->plan.jobs.size(), "job"), submit_limit(full_.front().words),
        run_operand(*run_)));
}

Done Submitter::make_room() {
    if (auto done = adopt(); !done) return done;
    if (auto synced = sync(); !synced) return synced;
    if (auto released = release(to_release_now()); !released) return released;
    ++waves_;
    settings_.keep_partial = true;  // what has run cannot be taken back
    goes_on_ = true;
    submitted_here_.clear();  // they end from now on, and Slurm forgets them
    say_what_is_in();
    const auto before = open_elements();
    most_in_ = std::max(most_in_, before);
    const auto begin = app_->clock.now();
    do {
        app_->clock.sleep(pause_, interrupts_);
        if (interrupts_->requested()) return fail(interrupted());
        pause_ = std::min(pause_ * 5 / 4, k_longest_pause);
        reread(*app_, *run_);  // the batch scripts write their own ends
        run_->locked = true;
        if (auto done = adopt(); !done) return done;  // an answer that came late
        if (auto learned = learn(); !learned) return learned;
        if (const auto names = what_cannot_end(); !names.empty()) {
            return fail(Error{
                .kind = ErrorKind::partial,
                .message = fmt::format("the limit {} is reached, and what is in cannot end by itself: {}",
                                       submit_limit(full_.front().words), fmt::join(names, ", ")),
                .hint = fmt::format("release or cancel these, then 'sbraid resume {}' goes on; {}",
                                    run_operand(*run_), what_is_left())});
        }
        // Other jobs of the user count against the limit too: try again now and then.
    } while (open_elements() >= before && app_->clock.now() - begin < 2 * k_longest_pause);
    pause_ = std::max(k_first_pause, pause_ / 2);
    return {};
}

}  // namespace sbraid

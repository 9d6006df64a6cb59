// First what the user means, by itself; then everything below; then services that the chosen need. What comes
// out is looked at against the queue job by job.
#include "sbraid/resume_choice.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <utility>

#include "job_record.hpp"
#include "run_state.hpp"
#include "sbraid/reason.hpp"

namespace sbraid {
namespace {

Unexpected wrong(std::string message, std::string hint) {
    return Unexpected{
        Error{.kind = ErrorKind::usage, .message = std::move(message), .hint = std::move(hint)}};
}

bool is_in_queue(const JobRecord& record) {
    return record.current && !has_ended(record);
}

bool has_begun(const JobRecord& record) {
    return std::any_of(record.elements.begin(), record.elements.end(), [](const ElementState& element) {
        const JobState state = element.status.state;
        return element.final || run_state::has_started(element) ||
               (state != JobState::pending && state != JobState::unsubmitted);
    });
}

/// Some of it is left to be submitted, without anybody asking for it now.
bool is_missing(const ElementState& element) {
    return element.status.state == JobState::unsubmitted && !element.final;
}

Share whole_or(const JobRecord& record, std::set<std::uint32_t> elements) {
    if (elements.size() == record.elements.size()) return {.is_whole = true};
    return {.is_whole = false, .elements = std::move(elements)};
}

class Choosing {
  public:
    Choosing(const SubmissionPlan& plan, const RunState& state, Anew which)
        : plan_(plan), state_(state), which_(which), children_(plan.children()) {}

    Result<ResumeChoice> choose(const std::vector<NamedJob>& named, const std::vector<JobIndex>& renewed) {
        if (is_by_name())
            take(named);
        else if (which_ != Anew::nothing)
            take_what_ended_badly();
        for (const JobIndex job : renewed) {
            renewed_.insert(job.value);
            roots_[job.value].take({.is_whole = true});
            why_.insert_or_assign(job.value, "changed in the file");
        }
        add_below();
        add_services();
        for (auto& [index, share] : all_)
            if (auto settled = settle(index, std::move(share)); !settled)
                return Unexpected{std::move(settled.error())};
        return std::move(choice_);
    }

  private:
    [[nodiscard]] bool is_by_name() const { return which_ == Anew::from || which_ == Anew::only; }
    [[nodiscard]] const JobRecord& record(std::uint32_t job) const { return state_.jobs.at(job); }

    void take(const std::vector<NamedJob>& named) {
        for (const NamedJob& one : named) {
            const std::uint32_t job = one.job.value;
            const Share share = one.elements.empty()
                                    ? Share{.is_whole = true}
                                    : whole_or(record(job), {one.elements.begin(), one.elements.end()});
            roots_[job].take(share);
            why_.emplace(job, "named");
        }
    }

    [[nodiscard]] bool ended_badly(const PlannedJob& job, const JobRecord& known,
                                   const ElementState& element) const {
        const JobState state = element.status.state;
        return element.final && is_failure(state) && state != JobState::lost &&
               !was_closed(job, known, element) &&
               (which_ == Anew::unsuccessful || state != JobState::cancelled);
    }

    void take_what_ended_badly() {
        for (std::uint32_t job = 0; job < plan_.jobs.size(); ++job) {
            const JobRecord& known = record(job);
            if (plan_.jobs[job].role == JobRole::notifier || was_taken_back(known)) continue;
            std::set<std::uint32_t> elements;
            const ElementState* first = nullptr;
            for (const ElementState& element : known.elements) {
                if (!ended_badly(plan_.jobs[job], known, element)) continue;
                if (first == nullptr) first = &element;
                elements.insert(element.element.value_or(0));
            }
            if (first == nullptr) continue;
            if (is_in_queue(known)) {
                leave(job, "its other elements are still in the queue; 'resume' it when they have ended");
                continue;
            }
            std::string how = end_in_words(first->status);
            why_.emplace(job, how.empty() ? to_string(first->status.state) : std::move(how));
            roots_[job].take(whole_or(known, std::move(elements)));
        }
    }

    void add_below() {
        all_ = with_descendants(plan_, roots_, [this](const PlannedJob& child, const PlannedJob& /*above*/) {
            return which_ != Anew::only || child.role == JobRole::closer || child.role == JobRole::notifier;
        });
    }

    /// Services that have ended and that something chosen waits for; then what ends them.
    void add_services() {
        for (auto job = static_cast<std::uint32_t>(plan_.jobs.size()); job-- > 0;) {
            if (!all_.contains(job)) continue;
            for (const PlannedEdge& edge : plan_.jobs[job].edges) {
                const auto* const parent = std::get_if<JobIndex>(&edge.parent);
                if (parent == nullptr || edge.kind != EdgeKind::after) continue;
                const std::uint32_t service = parent->value;
                if (!plan_.jobs[service].service || !has_ended(record(service))) continue;
                if (!all_[service].take({.is_whole = true})) continue;
                why_.emplace(service, fmt::format("'{}' needs this service", plan_.jobs[job].task));
                add_closers(plan_.jobs[service].task);
            }
        }
    }
    void add_closers(const std::string& service) {
        for (std::uint32_t job = 0; job < plan_.jobs.size(); ++job)
            if (plan_.jobs[job].role == JobRole::closer && plan_.jobs[job].task == service)
                all_[job].take({.is_whole = true});
    }

    void leave(std::uint32_t job, std::string why) {
        choice_.left.push_back({JobIndex{job}, std::move(why)});
    }

    [[nodiscard]] std::string why(std::uint32_t job) const {
        if (const auto known = why_.find(job); known != why_.end()) return known->second;
        for (const PlannedEdge& edge : plan_.jobs[job].edges) {
            const auto* const parent = std::get_if<JobIndex>(&edge.parent);
            if (parent != nullptr && edge.origin != EdgeOrigin::limit && all_.contains(parent->value))
                return fmt::format("waits for '{}'", plan_.jobs[parent->value].task);
        }
        return "ends a service";
    }

    Result<void> settle(std::uint32_t job, Share share) {
        const JobRecord& known = record(job);
        const bool is_renewed = renewed_.contains(job);
        const bool is_named = is_by_name() && roots_.contains(job) && !is_renewed;
        if (!known.current && known.skipped.empty() && !add_missing(known, share)) return {};
        if (is_in_queue(known) && is_needed_by_others(job)) return {};
        Again again;
        again.why = why(job);
        again.is_named = is_named;
        if (is_in_queue(known) && !is_renewed) {  // what is renewed has ended, or is no task
            again.is_queued = true;
            again.runs = has_begun(known);
            if (!again.runs) share = {.is_whole = true};
            if (again.runs && is_named && !share.is_whole)
                return wrong(
                    fmt::format("other elements of task '{}' are still in the queue, and a job of some "
                                "elements cannot be submitted beside them",
                                plan_.jobs[job].task),
                    "name the whole task, or wait until they have ended");
            if (again.runs && (!is_by_name() || !share.is_whole)) {
                leave(job, share.is_whole ? "runs" : "other elements of it are still in the queue");
                return {};
            }
        }
        again.share = std::move(share);
        choice_.again.emplace(job, std::move(again));
        return {};
    }

    /// A gate that something waits for which stays in the queue.
    [[nodiscard]] bool is_needed_by_others(std::uint32_t job) const {
        return plan_.jobs[job].role == JobRole::gate &&
               std::any_of(children_[job].begin(), children_[job].end(),
                           [this](JobIndex child) { return !all_.contains(child.value); });
    }

    /// What no job stands for now is submitted in any case; a new choice must not forget it. False: there is
    /// nothing else in the share.
    static bool add_missing(const JobRecord& known, Share& share) {
        bool is_more = false;
        std::set<std::uint32_t> elements;
        for (const ElementState& element : known.elements) {
            const bool is_meant = share.is_whole || (element.element && share.has(*element.element));
            if (is_meant && !is_missing(element)) is_more = true;
            if (is_meant || is_missing(element)) elements.insert(element.element.value_or(0));
        }
        share = whole_or(known, std::move(elements));
        return is_more;
    }

    const SubmissionPlan& plan_;
    const RunState& state_;
    Anew which_;
    std::vector<std::vector<JobIndex>> children_;
    Shares roots_;
    Shares all_;
    std::set<std::uint32_t> renewed_;
    std::map<std::uint32_t, std::string> why_;
    ResumeChoice choice_;
};

}  // namespace

std::size_t ResumeChoice::running() const {
    return static_cast<std::size_t>(
        std::count_if(again.begin(), again.end(), [](const auto& one) { return one.second.runs; }));
}

Result<ResumeChoice> choose_again(const SubmissionPlan& plan, const RunState& state, Anew which,
                                  const std::vector<NamedJob>& named, const std::vector<JobIndex>& renewed) {
    return Choosing(plan, state, which).choose(named, renewed);
}

}  // namespace sbraid

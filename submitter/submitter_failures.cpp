#include <fmt/format.h>

#include <algorithm>

#include "backend/classify.hpp"
#include "quantity.hpp"
#include "submitter.hpp"

// How a submission tells that it did not get to its end: what is wrong, what was left in Slurm, and the
// command that goes on from there.

namespace sbraid {

namespace {

/// Of gates, closers and notifiers.
constexpr std::string_view k_where_small_jobs_run =
    "gate = {…} in the configuration says where the small jobs run that sbraid adds";

}  // namespace

std::string Submitter::no_notifier() const {
    std::string words = without_notifier_;
    std::replace(words.begin(), words.end(), '\n', ' ');
    return fmt::format(
        "Slurm refused the small job that tells the webhook of [notify] when nobody waits, and the run goes "
        "on without it ({}); 'sbraid wait {}' and 'sbraid notify' tell it; {}",
        words, run_operand(*run_), k_where_small_jobs_run);
}

std::string Submitter::what_is_left() const {
    const auto in = jobs_in();
    const auto jobs = quantity(run_->plan.jobs.size(), "job");
    if (!unclear_.empty()) {
        return fmt::format("{} of {} of run {} are in Slurm, and up to {} more may be: {} gave no answer", in,
                           jobs, run_->id(), unclear_.size(), backend_->name());
    }
    if (const auto missing = unseen(); missing > 0) {
        return fmt::format("{} of {} of run {} are recorded, and up to {} more may have arrived", in, jobs,
                           run_->id(), missing);
    }
    if (in == 0) return fmt::format("nothing of run {} is in Slurm", run_->id());
    const bool released =
        std::any_of(run_->state.jobs.begin(), run_->state.jobs.end(),
                    [](const JobRecord& job) { return job.current && job.current->held && job.released; });
    if (!released) {
        return fmt::format("{} of {} of run {} are in Slurm, nothing was released", in, jobs, run_->id());
    }
    const auto held = to_release(run_->plan, run_->state).size();
    return fmt::format("{} of {} of run {} are in Slurm{}", in, jobs, run_->id(),
                       held == 0 ? "" : fmt::format(", {} are still to be released", held));
}

Failure Submitter::refused() {
    show_progress(true);
    std::vector<Issue> issues;
    bool is_of_file = false;
    for (const auto index : refused_) {
        const auto& job = run_->plan.jobs.at(index.value);
        const bool is_task = job.role == JobRole::task;
        is_of_file = is_of_file || is_task;
        issues.push_back(task_issue(
            *run_, job, fmt::format("Slurm refused {} '{}'", is_task ? "task" : "the small job", job.name()),
            run_->state.jobs.at(index.value).refused));
    }
    std::string limit;
    for (const auto index : refused_) {
        if (limit.empty()) limit = submit_limit(run_->state.jobs.at(index.value).refused);
    }
    std::string hint;
    auto kind = ErrorKind::slurm;
    if (settings_.keep_partial) {
        if (jobs_in() > 0) kind = ErrorKind::partial;
        hint = fmt::format("{}; 'sbraid resume {}' goes on, 'sbraid cancel -r {}' takes them back",
                           what_is_left(), run_operand(*run_), run_operand(*run_));
    } else if (auto done = roll_back(); done) {
        const std::string_view next = !limit.empty() ? "submit again when there is room"
                                      : is_of_file   ? "mend the file and submit again"
                                                     : k_where_small_jobs_run;
        hint = fmt::format("nothing of run {} is left in the queue; {}", run_->id(), next);
    } else {
        kind = ErrorKind::partial;
        hint = fmt::format("jobs of run {} may be left; 'sbraid cancel -r {}' takes them back", run_->id(),
                           run_operand(*run_));
        for (auto& issue : done.error().issues) issues.push_back(std::move(issue));
    }
    if (!limit.empty()) {
        hint = fmt::format(
            "the limit {} leaves no room, although nothing of the run is in the queue: other jobs of yours "
            "fill it, or the task alone is larger; {}",
            limit, hint);
    }
    if (auto synced = sync(); !synced) issues.push_back(std::move(synced.error().issues.front()));
    add_hint(issues.back(), hint);
    return Failure(kind, std::move(issues));
}

Failure Submitter::unavailable() {
    show_progress(true);
    const auto left = what_is_left();
    std::string next = fmt::format("'sbraid resume {}' goes on", run_operand(*run_));
    // With nothing in, and nothing that may still arrive, the run need not stand in the way of another
    // `submit`.
    if (!goes_on_ && !may_be_in() && !was_unclear_ && record(RunTakenBack{})) next = "then submit again";
    std::ignore = journal_->sync();  // the failure that is told is the more important one
    return Error{.kind = may_be_in() ? ErrorKind::partial : ErrorKind::slurm,
                 .message = fmt::format("this machine cannot submit to Slurm: {}", unavailable_),
                 .hint = fmt::format("{}; 'sbraid doctor' looks at the machine, {}", left, next)};
}

Failure Submitter::interrupted() const {
    show_progress(true);
    std::ignore = journal_->sync();  // every record was written; a crash of the machine is another matter
    return Error{.kind = ErrorKind::interrupted,
                 .message = fmt::format("interrupted: {}", what_is_left()),
                 .hint = fmt::format("'sbraid resume {}' goes on, 'sbraid cancel -r {}' takes them back",
                                     run_operand(*run_), run_operand(*run_))};
}

Failure Submitter::gave_up(const std::string& what, const Error& error) const {
    show_progress(true);
    std::ignore = journal_->sync();  // the failure that is told is the more important one
    return Error{.kind = may_be_in() ? ErrorKind::partial : ErrorKind::slurm,
                 .message = fmt::format("could not {}: {}", what, error.message),
                 .hint = fmt::format("{}; 'sbraid resume {}' goes on", what_is_left(), run_operand(*run_))};
}

}  // namespace sbraid

#include "submitter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "adoption.hpp"
#include "backend/classify.hpp"
#include "outside_jobs.hpp"
#include "quantity.hpp"
#include "refresh.hpp"

// Level by level: what SubmissionWalk hands out is independent, so several sbatch run at a time. Every answer
// is recorded before the next level starts. "Come back later" and "no answer" end the level early; after a
// pause the run's tokens are listed, jobs that exist all the same are adopted, and the walk hands out the
// rest again. Where a limit on the number of jobs is reached, what is in is released at once, and the walk
// goes on when some of it has ended: it does not mind parents that run or have ended. When all are in, the
// tokens are listed once more (an answer that came late left a second job), the records are synced, and what
// was held is released, the longest remaining path first.

namespace sbraid {

using Done = tl::expected<void, Failure>;

namespace {

/// Of gates, closers and notifiers.
constexpr std::string_view k_where_small_jobs_run =
    "gate = {…} in the configuration says where the small jobs run that sbraid adds";

// How often it is looked whether there is room again.
constexpr std::chrono::milliseconds k_first_pause{2000};
constexpr std::chrono::milliseconds k_longest_pause{30'000};

/// The last thing that a person reads.
void add_hint(Issue& issue, const std::string& hint) {
    issue.hint = hint;
    if (!issue.rendered.empty()) issue.rendered += fmt::format("hint: {}\n", hint);
}

std::string no_notifier(const Run& run, std::string words) {
    std::replace(words.begin(), words.end(), '\n', ' ');
    return fmt::format(
        "Slurm refused the small job that tells the webhook of [notify] when nobody waits, and the run goes "
        "on "
        "without it ({}); 'sbraid wait {}' and 'sbraid notify' tell it; {}",
        words, run_operand(run), k_where_small_jobs_run);
}

}  // namespace

Submitter::Submitter(const App& app, Run& run, Backend& backend, Journal& journal, CallBounds& bounds,
                     Settings settings)
    : app_(&app),
      run_(&run),
      backend_(&backend),
      journal_(&journal),
      interrupts_(bounds.interrupts),
      settings_(settings),
      patience_(app, bounds, settings.patience),
      asking_(app, bounds, settings.patience),
      pause_(k_first_pause) {}

Done Submitter::record(Event event) {
    const auto now = next_time(run_->state, app_->clock.now());
    const auto stored = journal_->append(event, now);
    apply(run_->state, run_->plan, Record{.writer = {}, .number = 0, .time = now, .event = std::move(event)});
    if (stored) return {};
    return fail(Error{.kind = jobs_in() > 0 ? ErrorKind::partial : ErrorKind::failed,
                      .message = fmt::format("cannot write the state of the run: {}", stored.error().message),
                      .hint = fmt::format("{}; make room in '{}', then run 'sbraid resume {}'",
                                          what_is_left(), run_->dir, run_operand(*run_))});
}

Done Submitter::sync() {
    if (auto synced = journal_->sync(); !synced) {
        return fail(Error{
            .kind = jobs_in() > 0 ? ErrorKind::partial : ErrorKind::failed,
            .message = fmt::format("the state of the run may not be on disk: {}", synced.error().message),
            .hint = fmt::format("{}; when '{}' can be written to, run 'sbraid resume {}'", what_is_left(),
                                run_->dir, run_operand(*run_))});
    }
    return {};
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

std::size_t Submitter::jobs_in() const {
    return static_cast<std::size_t>(
        std::count_if(run_->state.jobs.begin(), run_->state.jobs.end(),
                      [](const JobRecord& job) { return job.current.has_value() && !job.cancelled; }));
}

std::size_t Submitter::unseen() const {
    return knows_ ? 0 : unrecorded_jobs(*run_);
}

void Submitter::show_progress(bool last) const {
    if (!app_->err.is_tty() || app_->quiet) return;
    const auto total = run_->plan.jobs.size();
    if (total < 20) return;
    app_->err.write(last ? "\r\033[K" : fmt::format("\r{}/{} submitted", jobs_in(), total));
}

void Submitter::take(const Submit& submit, SubmitOutcome outcome) {
    const auto& job = run_->plan.jobs.at(submit.job.value);
    if (const auto* yes = std::get_if<Submitted>(&outcome)) {
        patience_.restart();
        pause_ = k_first_pause;
        seen_.insert({.job = yes->id, .element = {}});
        submitted_here_.insert({.job = yes->id, .element = {}});
        const Token token{.run = run_->id(), .job = job.name(), .submission = submit.how.number};
        trouble_ = record(JobSubmitted{.job = job.name(),
                                       .number = submit.how.number,
                                       .id = yes->id,
                                       .cluster = yes->cluster,
                                       .token = to_string(token),
                                       .held = submit.how.held,
                                       .adopted = false});
    } else if (const auto* no = std::get_if<Refused>(&outcome);
               no != nullptr && !submit_limit(no->message).empty() && open_elements() > 0) {
        full_ = no->message;
    } else if (no != nullptr) {
        if (job.role == JobRole::notifier) {
            without_notifier_ = no->message;
        } else {
            refused_.push_back(submit.job);
        }
        trouble_ = record(JobRefused{.job = job.name(), .number = submit.how.number, .message = no->message});
    } else if (const auto* unclear = std::get_if<Unclear>(&outcome)) {
        delayed_ = unclear->message;
        unclear_.insert(submit.job);
        was_unclear_ = true;
    } else if (const auto* busy = std::get_if<Busy>(&outcome)) {
        delayed_ = busy->message;
    } else if (const auto* trouble = std::get_if<Unavailable>(&outcome)) {
        unavailable_ = trouble->message;
    }
}

Done Submitter::submit_level(const std::vector<Submit>& level) {
    std::vector<SubmitRequest> requests;
    requests.reserve(level.size());
    for (const auto& submit : level) {
        auto how = submit.how;
        how.kill_on_invalid_dep = settings_.kill_on_invalid_dep;
        requests.push_back(
            {.plan = &run_->plan, .job = &run_->plan.jobs.at(submit.job.value), .how = std::move(how)});
    }
    delayed_.clear();
    full_.clear();
    trouble_ = {};
    const auto done = [&](std::size_t i, SubmitOutcome outcome) {
        auto before = std::move(trouble_);
        take(level[i], std::move(outcome));
        if (!before) trouble_ = std::move(before);  // the first trouble is the one to tell
        show_progress(false);
        return trouble_.has_value() && refused_.empty() && delayed_.empty() && full_.empty() &&
               unavailable_.empty() && !interrupts_->requested();
    };
    patience_.within([&] { backend_->submit(requests, done); });
    return std::move(trouble_);
}

Done Submitter::look_at_queue() {
    std::vector<JobId> ids;
    for (const auto& job : run_->state.jobs) {
        const bool open = std::any_of(job.elements.begin(), job.elements.end(),
                                      [](const ElementState& element) { return !element.final; });
        if (job.current && open) ids.push_back(job.current->id);
    }
    seen_ = submitted_here_;
    if (ids.empty()) return {};
    const auto statuses = asking_.insist<std::vector<JobStatus>>([&] { return backend_->query(ids); });
    if (!statuses) {
        if (interrupts_->requested()) return fail(interrupted());
        return fail(gave_up("learn what became of the jobs", statuses.error()));
    }
    for (const auto& ended : observe(run_->state, run_->plan, *statuses, app_->clock.now())) {
        if (auto done = record(ended); !done) return done;
    }
    for (const auto& status : *statuses) {
        if (!is_terminal(status.state)) seen_.insert(status.key);
    }
    return {};
}

tl::expected<OutsideJobs, Failure> Submitter::learn_outside() {
    const auto ids = outside_ids(run_->plan);
    if (ids.empty()) return OutsideJobs{};
    auto known =
        asking_.insist<OutsideJobs>([&] { return look_up_outside(*backend_, ids, app_->clock.now()); });
    if (!known) {
        if (interrupts_->requested()) return fail(interrupted());
        return fail(gave_up("learn what became of jobs outside the file", known.error()));
    }
    std::vector<Issue> issues;
    for (std::size_t i = 0; i < run_->plan.jobs.size(); ++i) {
        const auto& job = run_->plan.jobs[i];
        const auto& record = run_->state.jobs.at(i);
        if (record.current && !record.taken_back) continue;  // its edges are in Slurm already
        for (const auto& edge : job.edges) {
            if (is_known(*known, edge)) continue;
            const JobKey key{.job = std::get<JobId>(edge.parent), .element = edge.element};
            issues.push_back(task_issue(*run_, job,
                                        fmt::format("task '{}' waits for job {}, which Slurm does not know",
                                                    job.name(), to_string(key)),
                                        ""));
        }
    }
    if (issues.empty()) return std::move(*known);
    if (!goes_on_) {
        if (auto done = record(RunTakenBack{}); !done) return fail(std::move(done.error()));
    }
    add_hint(issues.back(),
             fmt::format("how it ended is not known, so nothing is guessed; {}", what_is_left()));
    return fail(Failure(jobs_in() > 0 ? ErrorKind::partial : ErrorKind::slurm, std::move(issues)));
}

Done Submitter::submit_all() {
    knows_ = true;  // a run that goes on was adopted before
    goes_on_ = std::any_of(run_->state.jobs.begin(), run_->state.jobs.end(),
                           [](const JobRecord& job) { return job.current.has_value(); });
    if (auto looked = look_at_queue(); !looked) return looked;
    auto outside = learn_outside();
    if (!outside) return fail(std::move(outside.error()));
    SubmissionWalk walk(run_->plan, run_->state, std::move(*outside), &seen_);
    std::vector<Issue> stuck;
    for (auto todo = walk.next(run_->state); !todo.empty(); todo = walk.next(run_->state)) {
        std::vector<Submit> level;
        for (auto& action : todo) {
            if (auto* submit = std::get_if<Submit>(&action)) {
                level.push_back(std::move(*submit));
            } else if (const auto* skip = std::get_if<Skip>(&action)) {
                const auto& job = run_->plan.jobs.at(skip->job.value);
                if (auto done = record(JobSkipped{.job = job.name(), .why = skip->why}); !done) return done;
            } else if (const auto* hopeless = std::get_if<Stuck>(&action)) {
                const auto& job = run_->plan.jobs.at(hopeless->job.value);
                stuck.push_back(
                    {.message = fmt::format("cannot submit task '{}': {}", job.name(), hopeless->why)});
            }
        }
        if (interrupts_->requested()) return fail(interrupted());
        if (level.empty()) continue;
        if (auto done = submit_level(level); !done) return done;
        if (!refused_.empty()) return fail(refused());
        if (!unavailable_.empty()) return fail(unavailable());
        if (interrupts_->requested()) return fail(interrupted());
        if (!full_.empty() && delayed_.empty()) {
            if (auto done = make_room(); !done) return done;
        }
        if (delayed_.empty()) continue;
        if (!patience_.wait(delayed_)) {
            if (interrupts_->requested()) return fail(interrupted());
            // A last look, so that what is told of the run is what is so.
            if (!unclear_.empty()) {
                std::optional<Result<std::vector<FoundJob>>> found;
                patience_.within([&] { found = backend_->find(run_->id()); });
                if (*found) {
                    if (auto done = take_over(**found); !done) return done;
                }
            }
            return fail(gave_up("submit everything", Error{.kind = ErrorKind::slurm, .message = delayed_}));
        }
        if (!unclear_.empty()) {
            if (auto done = adopt(); !done) return done;
        }
        // Time has passed: parents of an earlier command may have ended, and be forgotten soon.
        if (goes_on_) {
            if (auto looked = look_at_queue(); !looked) return looked;
        }
    }
    show_progress(true);
    if (!stuck.empty()) {
        add_hint(
            stuck.back(),
            fmt::format("the accounting may only be late: run 'sbraid resume {}' again; a task that is gone "
                        "for good is given up, with what waits for it, by 'sbraid cancel -r {} TASK'",
                        run_operand(*run_), run_operand(*run_)));
        if (auto synced = sync(); !synced) stuck.push_back(std::move(synced.error().issues.front()));
        return fail(Failure(ErrorKind::partial, std::move(stuck)));
    }
    if (walk.left() > 0) {
        return fail(Error{.kind = ErrorKind::partial,
                          .message = fmt::format("{} could not be submitted", quantity(walk.left(), "job")),
                          .hint = fmt::format("'sbraid status {}' tells why", run_operand(*run_))});
    }
    if (auto done = adopt(); !done) return done;
    if (!without_notifier_.empty()) app_->warn(no_notifier(*run_, without_notifier_));
    // Until the first release Slurm can neither start nor forget a job of ours; from then on it can.
    if (auto synced = sync(); !synced) return synced;
    const bool is_news = !run_->state.submitted || !to_release(run_->plan, run_->state).empty();
    if (auto released = release(); !released) return released;
    if (is_news)
        if (auto recorded = record(RunSubmitted{}); !recorded) return recorded;
    return sync();
}

Done Submitter::adopt() {
    auto found = asking_.insist<std::vector<FoundJob>>([&] { return backend_->find(run_->id()); });
    if (!found) {
        if (interrupts_->requested()) return fail(interrupted());
        return fail(gave_up("list the jobs of the run", found.error()));
    }
    return take_over(*found);
}

Done Submitter::learn() {
    const auto learned = asking_.insist<void>([&]() -> Result<void> {
        const auto seen = refresh(*app_, *run_, *backend_, journal_);
        if (seen.trouble.empty()) return {};
        return Unexpected{Error{.kind = ErrorKind::slurm, .message = seen.trouble}};
    });
    if (learned) return {};
    if (interrupts_->requested()) return fail(interrupted());
    return fail(gave_up("learn what became of the jobs", learned.error()));
}

Done Submitter::take_over(const std::vector<FoundJob>& found) {
    auto [jobs, doubles] = adoption(*run_, found);
    unclear_.clear();
    knows_ = true;
    for (auto& job : jobs) {
        app_->say_more(fmt::format("task '{}': found its job {}", job.job, job.id.value));
        seen_.insert({.job = job.id, .element = {}});
        if (auto done = record(std::move(job)); !done) return done;
    }
    for (const auto& one : doubles) {
        app_->say(fmt::format("task '{}' has a second job, {}: cancelling it",
                              run_->plan.jobs.at(one.job.value).name(), one.key.job.value));
    }
    return cancel(doubles);
}

Done Submitter::cancel(const std::vector<Cancel>& wanted) {
    for (std::size_t first = 0, end = 0; first < wanted.size(); first = end) {
        std::vector<JobKey> keys;
        for (end = first; end < wanted.size() && wanted[end].round == wanted[first].round; ++end)
            keys.push_back(wanted[end].key);
        auto done = asking_.insist<void>([&] { return backend_->cancel(keys); });
        if (!done) {
            if (interrupts_->requested()) return fail(interrupted());
            return fail(gave_up("cancel jobs", done.error()));
        }
        for (std::size_t i = first; i < end; ++i) {
            const auto& one = wanted[i];
            auto recorded = record(JobCancelled{
                .job = run_->plan.jobs.at(one.job.value).name(), .key = one.key, .why = one.why});
            if (!recorded) return recorded;
        }
    }
    return {};
}

Done Submitter::release() {
    std::map<JobId, std::string> priorities;
    for (std::size_t i = 0; i < run_->plan.jobs.size(); ++i) {
        const auto& current = run_->state.jobs.at(i).current;
        if (!current) continue;
        for (const auto& option : run_->plan.jobs[i].options) {
            constexpr std::string_view k_prefix = "--priority=";
            if (option.starts_with(k_prefix)) priorities[current->id] = option.substr(k_prefix.size());
        }
    }
    // As many at a time as fit into one record: what a crash leaves unrecorded is released again by resume.
    const auto parts = split_released(to_release(run_->plan, run_->state));
    for (const auto& part : parts) {
        if (interrupts_->requested()) return fail(interrupted());
        std::vector<ReleaseRequest> requests;
        requests.reserve(part.ids.size());
        for (const auto id : part.ids) {
            const auto priority = priorities.find(id);
            requests.push_back({.id = id, .priority = priority == priorities.end() ? "" : priority->second});
        }
        auto done = asking_.insist<void>([&] { return backend_->release(requests); });
        if (!done) {
            if (interrupts_->requested()) return fail(interrupted());
            return fail(gave_up("release the jobs", done.error()));
        }
        if (auto recorded = record(part); !recorded) return recorded;
    }
    return sync();
}

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

Done Submitter::make_room() {
    if (auto done = adopt(); !done) return done;
    if (auto synced = sync(); !synced) return synced;
    if (auto released = release(); !released) return released;
    settings_.keep_partial = true;  // what has run cannot be taken back
    goes_on_ = true;
    submitted_here_.clear();  // they end from now on, and Slurm forgets them
    if (said_in_ != jobs_in()) {
        said_in_ = jobs_in();
        app_->say(fmt::format(
            "{} of {} are in, and the limit {} is reached: the rest follows as they end. Ctrl-C is safe, "
            "'sbraid resume {}' goes on",
            said_in_, quantity(run_->plan.jobs.size(), "job"), submit_limit(full_), run_operand(*run_)));
    }
    const auto before = open_elements();
    const auto begin = app_->clock.now();
    do {
        app_->clock.sleep(pause_, interrupts_);
        if (interrupts_->requested()) return fail(interrupted());
        pause_ = std::min(pause_ * 5 / 4, k_longest_pause);
        if (auto learned = learn(); !learned) return learned;
        // Other jobs of the user count against the limit too: try again now and then.
    } while (open_elements() == before && app_->clock.now() - begin < 2 * k_longest_pause);
    return look_at_queue();
}

Done Submitter::roll_back() {
    // Jobs that we had no answer for are to go as well, also those that an earlier look came too soon for.
    if (was_unclear_) {
        if (auto done = adopt(); !done) return done;
    }
    // On disk before the first scancel: who finds these jobs cancelled must know that nobody wanted that.
    if (auto done = record(RollbackStarted{}); !done) return done;
    if (auto done = sync(); !done) return done;
    if (auto done = cancel(cancel_all(run_->plan, run_->state, "rollback")); !done) return done;
    if (was_unclear_) {
        if (auto done = adopt(); !done) return done;
        if (auto done = cancel(cancel_all(run_->plan, run_->state, "rollback")); !done) return done;
    }
    return record(RunTakenBack{});
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

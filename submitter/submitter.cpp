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

// While a submission goes on, jobs of earlier commands and waves end, and Slurm may forget them.
constexpr std::chrono::milliseconds k_look_again{5'000};

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
      pause_(k_first_pause) {
    run_->locked = true;  // by the caller: what this process finds of the run, it records
}

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
               no != nullptr && !submit_limit(no->message).empty()) {
        patience_.restart();  // an answer like any other
        full_.push_back({submit, no->message});
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
    looked_at_ = app_->clock.now();
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
        if (!record.skipped.empty() && !run_->state.rolled_back) continue;
        for (const auto& edge : job.edges) {
            if (edge.waived || is_known(*known, edge)) continue;
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

tl::expected<bool, Failure> Submitter::submit_wave() {
    const auto failed = [](Done&& done) { return fail(std::move(done.error())); };
    if (auto looked = look_at_queue(); !looked) return failed(std::move(looked));
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
                if (auto done = record(JobSkipped{.job = job.name(), .why = skip->why}); !done)
                    return failed(std::move(done));
            } else if (const auto* hopeless = std::get_if<Stuck>(&action)) {
                const auto& job = run_->plan.jobs.at(hopeless->job.value);
                stuck.push_back(
                    {.message = fmt::format("cannot submit task '{}': {}", job.name(), hopeless->why)});
            }
        }
        if (interrupts_->requested()) return fail(interrupted());
        if (level.empty()) continue;
        if (auto done = submit_level(level); !done) return failed(std::move(done));
        if (!refused_.empty()) return fail(refused());
        if (!unavailable_.empty()) return fail(unavailable());
        if (interrupts_->requested()) return fail(interrupted());
        if (!full_.empty() && delayed_.empty()) {
            if (may_get_in_later(full_.front().submit)) return false;
            for (const auto& [submit, words] : full_) {
                refused_.push_back(submit.job);
                const auto& job = run_->plan.jobs.at(submit.job.value);
                if (auto done =
                        record(JobRefused{.job = job.name(), .number = submit.how.number, .message = words});
                    !done)
                    return failed(std::move(done));
            }
            return fail(refused());
        }
        if (delayed_.empty()) {
            if (goes_on_ && app_->clock.now() - looked_at_ > k_look_again) {
                if (auto looked = look_at_queue(); !looked) return failed(std::move(looked));
            }
            continue;
        }
        if (!patience_.wait(delayed_)) {
            if (interrupts_->requested()) return fail(interrupted());
            // A last look, so that what is told of the run is what is so.
            if (!unclear_.empty()) {
                std::optional<Result<std::vector<FoundJob>>> found;
                patience_.within([&] { found = backend_->find(run_->id()); });
                if (*found) {
                    if (auto done = take_over(**found); !done) return failed(std::move(done));
                }
            }
            return fail(gave_up("submit everything", Error{.kind = ErrorKind::slurm, .message = delayed_}));
        }
        if (!unclear_.empty()) {
            if (auto done = adopt(); !done) return failed(std::move(done));
        }
        // Time has passed: parents of an earlier command or wave may have ended, and be forgotten soon.
        if (goes_on_) {
            if (auto looked = look_at_queue(); !looked) return failed(std::move(looked));
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
    return true;
}

Done Submitter::submit_all() {
    knows_ = true;  // a run that goes on was adopted before
    goes_on_ =
        run_->plan.revision > 1 || std::any_of(run_->state.jobs.begin(), run_->state.jobs.end(),
                                               [](const JobRecord& job) { return job.current.has_value(); });
    while (true) {
        const auto all_in = submit_wave();
        if (!all_in) return fail(all_in.error());
        if (*all_in) break;
        if (auto done = make_room(); !done) return done;
    }
    if (auto done = adopt(); !done) return done;
    if (!without_notifier_.empty()) app_->warn(no_notifier());
    // Until the first release Slurm can neither start nor forget a job of ours; from then on it can.
    if (auto synced = sync(); !synced) return synced;
    const auto held = to_release(run_->plan, run_->state);
    if (auto released = release(held); !released) return released;
    if (!run_->state.submitted || !held.empty())
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
        if (one.why == "superseded") continue;  // as it was chosen
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

Done Submitter::release(const std::vector<JobId>& ids) {
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
    const auto parts = split_released(ids);
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

}  // namespace sbraid

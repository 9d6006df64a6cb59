#include "submitter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

// Level by level: what SubmissionWalk hands out is independent, so several sbatch run at a time. Every answer
// is recorded before the next level starts. "Come back later" and "no answer" end the level early; after a
// pause the run's tokens are listed, jobs that exist all the same are adopted, and the walk hands out the
// rest again. When all are in, the records are synced, the tokens are listed once more (an answer that came
// late left a second job), and what was held is released, the longest remaining path first.

namespace sbraid {

using Done = tl::expected<void, Failure>;

Submitter::Submitter(const App& app, Run& run, Backend& backend, Journal& journal, Interrupts& interrupts,
                     Settings settings)
    : app_(&app),
      run_(&run),
      backend_(&backend),
      journal_(&journal),
      interrupts_(&interrupts),
      settings_(settings),
      patience_(app, &interrupts, settings.patience) {
    for (std::uint32_t i = 0; i < run.plan.jobs.size(); ++i)
        index_.emplace(run.plan.jobs[i].name(), JobIndex{i});
}

Done Submitter::record(Event event) {
    const auto now = app_->clock.now();
    const auto stored = journal_->append(event, now);
    apply(run_->state, run_->plan, Record{.writer = {}, .number = 0, .time = now, .event = std::move(event)});
    if (stored) return {};
    return fail(Error{
        .kind = jobs_in() > 0 ? ErrorKind::partial : ErrorKind::failed,
        .message = fmt::format("cannot write the state of the run: {}", stored.error().message),
        .hint = fmt::format(
            "{} jobs are in Slurm, nothing was released; make room in '{}', then run 'sbraid resume {}'",
            jobs_in(), run_->dir, run_->id())});
}

std::size_t Submitter::jobs_in() const {
    return static_cast<std::size_t>(
        std::count_if(run_->state.jobs.begin(), run_->state.jobs.end(),
                      [](const JobRecord& job) { return job.current.has_value() && !job.cancelled; }));
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
        progressed_ = true;
        const Token token{.run = run_->id(), .job = job.name(), .submission = submit.how.number};
        trouble_ = record(JobSubmitted{.job = job.name(),
                                       .number = submit.how.number,
                                       .id = yes->id,
                                       .cluster = yes->cluster,
                                       .token = to_string(token),
                                       .held = submit.how.held,
                                       .adopted = false});
    } else if (const auto* no = std::get_if<Refused>(&outcome)) {
        refused_.push_back(submit.job);
        trouble_ = record(JobRefused{.job = job.name(), .number = submit.how.number, .message = no->message});
    } else if (const auto* unclear = std::get_if<Unclear>(&outcome)) {
        delayed_ = unclear->message;
        token_unclear_ = true;
    } else if (const auto* busy = std::get_if<Busy>(&outcome)) {
        delayed_ = busy->message;
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
    progressed_ = false;
    trouble_ = {};
    backend_->submit(requests, [&](std::size_t i, SubmitOutcome outcome) {
        auto before = std::move(trouble_);
        take(level[i], std::move(outcome));
        if (!before) trouble_ = std::move(before);  // the first trouble is the one to tell
        show_progress(false);
        return trouble_.has_value() && refused_.empty() && delayed_.empty() && !interrupts_->requested();
    });
    return std::move(trouble_);
}

Done Submitter::submit_all(OutsideJobs outside) {
    SubmissionWalk walk(run_->plan, run_->state, std::move(outside));
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
        if (interrupts_->requested()) return fail(interrupted());
        if (progressed_) patience_.restart();
        if (delayed_.empty()) continue;
        if (!patience_.wait(delayed_)) {
            if (interrupts_->requested()) return fail(interrupted());
            return fail(gave_up("submit everything", Error{.kind = ErrorKind::slurm, .message = delayed_}));
        }
        if (token_unclear_) {
            if (auto done = adopt(); !done) return done;
            token_unclear_ = false;
        }
    }
    show_progress(true);
    if (!stuck.empty()) return fail(Failure(ErrorKind::partial, std::move(stuck)));
    if (walk.left() > 0) {
        return fail(Error{.kind = ErrorKind::partial,
                          .message = fmt::format("{} tasks could not be submitted", walk.left()),
                          .hint = fmt::format("'sbraid status {}' tells why", run_->id())});
    }
    // Until the first release Slurm can neither start nor forget a job of ours; from then on it can.
    if (auto synced = journal_->sync(); !synced) return fail(synced.error());
    if (auto done = adopt(); !done) return done;
    return release();
}

Done Submitter::adopt_token(const Token& token, const std::vector<const FoundJob*>& jobs) {
    const auto named = index_.find(token.job);
    if (named == index_.end()) return {};
    const auto index = named->second;
    const auto& known = run_->state.jobs.at(index.value);
    // The job that counts: the recorded one, else the first live one.
    std::optional<JobId> keeper;
    if (known.current && known.current->number >= token.submission) keeper = known.current->id;
    for (const auto* job : jobs) {
        if (keeper) break;
        if (job->status.state == JobState::cancelled) continue;  // of a rollback that could not be recorded
        const auto& planned = run_->plan.jobs.at(index.value);
        keeper = job->status.key.job;
        app_->say_more(fmt::format("task '{}': found its job {}", token.job, keeper->value));
        auto done = record(JobSubmitted{.job = token.job,
                                        .number = token.submission,
                                        .id = *keeper,
                                        .cluster = job->status.cluster,
                                        .token = to_string(token),
                                        .held = !planned.user_hold && job->status.state == JobState::pending,
                                        .adopted = true});
        if (!done) return done;
    }
    std::vector<Cancel> second;
    std::set<JobId> seen;
    for (const auto* job : jobs) {
        const auto id = job->status.key.job;
        if (id == keeper || is_terminal(job->status.state) || !seen.insert(id).second) continue;
        app_->say(fmt::format("task '{}' has a second job, {}: cancelling it", token.job, id.value));
        second.push_back({.job = index, .key = JobKey{.job = id, .element = {}}, .why = "duplicate"});
    }
    return cancel(second);
}

Done Submitter::adopt() {
    auto found = patience_.insist<std::vector<FoundJob>>([&] { return backend_->find(run_->id()); });
    if (!found) {
        if (interrupts_->requested()) return fail(interrupted());
        return fail(gave_up("list the jobs of the run", found.error()));
    }
    std::map<std::pair<std::string, std::uint32_t>, std::vector<const FoundJob*>> by_token;
    for (const auto& job : *found) by_token[{job.token.job, job.token.submission}].push_back(&job);
    // The newest submission of a task first: it is the one that counts.
    for (auto it = by_token.rbegin(); it != by_token.rend(); ++it) {
        auto& jobs = it->second;
        std::sort(jobs.begin(), jobs.end(),
                  [](const auto* a, const auto* b) { return a->status.key < b->status.key; });
        if (auto done = adopt_token(jobs.front()->token, jobs); !done) return done;
    }
    return {};
}

Done Submitter::cancel(const std::vector<Cancel>& wanted) {
    if (wanted.empty()) return {};
    std::vector<JobKey> keys;
    keys.reserve(wanted.size());
    for (const auto& one : wanted) keys.push_back(one.key);
    auto done = patience_.insist<void>([&] { return backend_->cancel(keys); });
    if (!done) return fail(gave_up("cancel jobs", done.error()));
    for (const auto& one : wanted) {
        auto recorded = record(
            JobCancelled{.job = run_->plan.jobs.at(one.job.value).name(), .key = one.key, .why = one.why});
        if (!recorded) return recorded;
    }
    return {};
}

Done Submitter::release() {
    const auto ids = to_release(run_->plan, run_->state);
    if (interrupts_->requested()) return fail(interrupted());
    if (!ids.empty()) {
        std::map<JobId, std::string> priorities;
        for (std::size_t i = 0; i < run_->plan.jobs.size(); ++i) {
            const auto& current = run_->state.jobs.at(i).current;
            if (!current) continue;
            for (const auto& option : run_->plan.jobs[i].options) {
                constexpr std::string_view k_prefix = "--priority=";
                if (option.starts_with(k_prefix)) priorities[current->id] = option.substr(k_prefix.size());
            }
        }
        std::vector<ReleaseRequest> requests;
        requests.reserve(ids.size());
        for (const auto id : ids) {
            const auto priority = priorities.find(id);
            requests.push_back({.id = id, .priority = priority == priorities.end() ? "" : priority->second});
        }
        auto done = patience_.insist<void>([&] { return backend_->release(requests); });
        if (!done) {
            if (interrupts_->requested()) return fail(interrupted());
            return fail(gave_up("release the jobs", done.error()));
        }
        if (auto recorded = record(JobsReleased{.ids = ids}); !recorded) return recorded;
    }
    if (!run_->state.submitted || !ids.empty()) {
        if (auto recorded = record(RunSubmitted{}); !recorded) return recorded;
    }
    if (auto synced = journal_->sync(); !synced) return fail(synced.error());
    return {};
}

Failure Submitter::refused() {
    show_progress(true);
    std::vector<Issue> issues;
    for (const auto index : refused_) {
        issues.push_back(
            refusal_issue(*run_, run_->plan.jobs.at(index.value), run_->state.jobs.at(index.value).refused));
    }
    std::string hint;
    auto kind = ErrorKind::slurm;
    if (settings_.keep_partial) {
        if (jobs_in() > 0) kind = ErrorKind::partial;
        hint = fmt::format(
            "{} jobs of run {} are in Slurm, not released; 'sbraid resume {}' goes on, "
            "'sbraid cancel -r {}' takes them back",
            jobs_in(), run_->id(), run_->id(), run_->id());
    } else {
        // Jobs that we have no answer for are to go as well.
        auto done = token_unclear_ ? adopt() : Done{};
        if (done) done = cancel(cancel_all(run_->plan, run_->state, "rollback"));
        if (done) {
            hint = fmt::format("nothing of run {} is left in the queue; mend the file and submit again",
                               run_->id());
        } else {
            kind = ErrorKind::partial;
            hint = fmt::format("jobs of run {} may be left; 'sbraid cancel -r {}' takes them back",
                               run_->id(), run_->id());
            for (auto& issue : done.error().issues) issues.push_back(std::move(issue));
        }
    }
    if (auto synced = journal_->sync(); !synced) issues.push_back({.message = synced.error().message});
    auto& last = issues.back();
    last.hint = hint;
    if (!last.rendered.empty()) last.rendered += fmt::format("hint: {}\n", hint);
    return Failure(kind, std::move(issues));
}

Failure Submitter::interrupted() const {
    show_progress(true);
    std::ignore = journal_->sync();  // every record was written; a crash of the machine is another matter
    return Error{
        .kind = ErrorKind::interrupted,
        .message = fmt::format("interrupted: {} of {} jobs of run {} are in Slurm, recorded and held",
                               jobs_in(), run_->plan.jobs.size(), run_->id()),
        .hint = fmt::format("'sbraid resume {}' goes on, 'sbraid cancel -r {}' takes them back", run_->id(),
                            run_->id())};
}

Failure Submitter::gave_up(const std::string& what, const Error& error) const {
    show_progress(true);
    std::ignore = journal_->sync();  // the failure that is told is the more important one
    const auto in = jobs_in();
    return Error{.kind = in > 0 ? ErrorKind::partial : ErrorKind::slurm,
                 .message = fmt::format("could not {}: {}", what, error.message),
                 .hint = fmt::format("{} of {} jobs of run {} are in Slurm; 'sbraid resume {}' goes on", in,
                                     run_->plan.jobs.size(), run_->id(), run_->id())};
}

}  // namespace sbraid

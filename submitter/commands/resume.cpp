#include <fmt/format.h>
#include <fmt/ranges.h>

#include "backend_choice.hpp"
#include "commands/commands.hpp"
#include "commands/resume_answer.hpp"
#include "commands/submit_answer.hpp"
#include "confirm.hpp"
#include "connection.hpp"
#include "edits.hpp"
#include "io/process.hpp"
#include "lock_wait.hpp"
#include "new_run.hpp"
#include "new_settings.hpp"
#include "quantity.hpp"
#include "refresh.hpp"
#include "resumable.hpp"
#include "sbraid/edited_plan.hpp"
#include "sbraid/resume_choice.hpp"
#include "submitter.hpp"

// Take the lock (an sbatch or scancel that a killed submitter left behind holds it until it has its answer),
// read the state anew, ask Slurm for the run's tokens and for what became of the jobs. Choose from that what
// is to be submitted anew; if there is something, that is a new revision of the plan, durable before anything
// happens. From then on it is the same walk as `submit`, from another state.

namespace sbraid {

namespace {

/// What the user asks for.
struct Wish {
    Anew which = Anew::unsuccessful;
    std::vector<std::string> tasks{};
    std::vector<NewSetting> settings{};
};

Result<Wish> read_wish(const Options& options) {
    const auto from = options.values("from");
    const auto only = options.values("only");
    if ((options.has("failed") ? 1 : 0) + (from.empty() ? 0 : 1) + (only.empty() ? 0 : 1) > 1) {
        return Unexpected{Error{.kind = ErrorKind::usage,
                                .message = "--failed, --from and --only exclude each other",
                                .hint = "--from train --from eval names several tasks"}};
    }
    auto settings = read_new_settings(options.values("set"));
    if (!settings) return Unexpected{std::move(settings.error())};
    Wish wish{.settings = std::move(*settings)};
    if (options.has("failed")) wish.which = Anew::failed;
    if (!from.empty()) wish.which = Anew::from;
    if (!only.empty()) wish.which = Anew::only;
    wish.tasks = from.empty() ? only : from;
    return wish;
}

/// What comes of the wish. The run has the edited plan from then on, where edits are taken.
struct Prepared {
    ResumeChoice choice;
    std::optional<Edits> edits{};
    std::optional<SubmissionPlan> as_set{};  ///< the plan with new settings

    [[nodiscard]] bool is_revision() const { return !choice.again.empty() || edits || as_set; }
};

/// Whether to take them. Asks on a terminal, unless the options say.
tl::expected<bool, Failure> takes_edits(const App& app, const Options& options, const Run& run,
                                        const Edits& edits, Interrupts& interrupts) {
    const auto file = display_path(run.plan.file);
    const auto lines = in_lines(edits.difference);
    if (options.has("edited") || (!options.has("yes") && !options.has("dry-run") && app.err.is_tty())) {
        app.say(fmt::format("{} has changed since the run was submitted", file));
        for (const auto& line : lines) app.say("  " + line);
    }
    if (options.has("edited")) return true;
    if (!options.has("yes") && !options.has("dry-run")) {
        const auto answer = ask(app, "take these changes?", interrupts);
        if (answer == Answer::interrupted)
            return fail(
                Error{.kind = ErrorKind::interrupted, .message = "interrupted: nothing was submitted"});
        if (answer == Answer::yes) return true;
    }
    app.say(
        fmt::format("{} has changed ({}): the run goes on as it was submitted; --edited takes the changes",
                    file, fmt::join(lines, "; ")));
    return false;
}

Failure not_taken(const Run& run, const std::vector<std::string>& lines) {
    std::vector<Issue> issues;
    issues.reserve(lines.size());
    for (const auto& line : lines) issues.push_back({.message = line});
    issues.back().hint = fmt::format(
        "nothing was submitted; '--from TASK' submits a task anew with everything below it, what is in the "
        "queue "
        "is cancelled first by 'sbraid cancel -r {} TASK'; or undo the change",
        run_operand(run));
    return Failure(ErrorKind::failed, std::move(issues));
}

Result<std::vector<NamedJob>> named_jobs(const Run& run, const Wish& wish) {
    std::vector<NamedJob> named;
    for (const auto& task : wish.tasks) {
        auto found = find_tasks(run.plan, task);
        if (!found) return found;
        named.insert(named.end(), found->begin(), found->end());
    }
    return named;
}

tl::expected<Prepared, Failure> prepare(const App& app, const Options& options, const Wish& wish, Run& run,
                                        const Preferences& preferences, Interrupts& interrupts) {
    Prepared prepared;
    auto edits = look_for_edits(app, run, preferences, options.has("edited"));
    if (!edits) return fail(std::move(edits.error()));
    if (*edits) {
        const auto takes = takes_edits(app, options, run, **edits, interrupts);
        if (!takes) return fail(takes.error());
        if (*takes) prepared.edits = std::move(*edits);
    }
    // A submission that was cut short is finished first, and as it was meant, unless something else is asked
    // for.
    const bool is_cut_short = phase(run.state, run.plan) == RunPhase::partial;
    const auto which = wish.which == Anew::unsuccessful && is_cut_short ? Anew::nothing : wish.which;
    const auto before = run.plan;
    const auto state_before = run.state;
    EditedPlan edited;
    if (prepared.edits) {
        edited = take_edits(before, state_before, prepared.edits->plan);
        run.plan = edited.plan;
        if (auto read = reload_state(run); !read) return fail(read.error());
        carry_over(before, state_before, run.plan, run.state);
    }
    const auto named = named_jobs(run, wish);
    if (!named) return fail(named.error());
    auto choice = choose_again(run.plan, run.state, which, *named, edited.renewed);
    if (!choice) return fail(std::move(choice.error()));
    prepared.choice = std::move(*choice);
    if (prepared.edits) {
        const auto refused = refused_edits(prepared.edits->difference, edited, run.state, prepared.choice,
                                           before, state_before);
        if (!refused.empty()) return fail(not_taken(run, refused));
    }
    if (!wish.settings.empty()) {
        auto set = with_new_settings(app, run.plan, prepared.edits ? &prepared.edits->file : nullptr,
                                     jobs_to_submit(run.plan, run.state, prepared.choice), wish.settings,
                                     preferences);
        if (!set) return fail(std::move(set.error()));
        prepared.as_set = std::move(*set);
    }
    return prepared;
}

/// Asks before what runs is cancelled.
tl::expected<void, Failure> confirm(const App& app, const Options& options, const Run& run,
                                    const ResumeChoice& choice, Interrupts& interrupts) {
    if (choice.running() == 0 || options.has("yes")) return {};
    std::string tasks;
    for (const auto& [index, again] : choice.again) {
        if (again.runs) tasks += (tasks.empty() ? "" : ", ") + run.plan.jobs.at(index).task;
    }
    const auto what =
        fmt::format("cancel {} of run {} ({}), to submit {} anew", quantity(choice.running(), "running job"),
                    run.id(), tasks, choice.running() == 1 ? "it" : "them");
    switch (ask(app, what + "?", interrupts)) {
        case Answer::yes:
            return {};
        case Answer::no:
            return fail(Error{.message = "nothing was submitted"});
        case Answer::interrupted:
            return fail(
                Error{.kind = ErrorKind::interrupted, .message = "interrupted: nothing was submitted"});
        case Answer::nobody:
            break;
    }
    return fail(Error{.kind = ErrorKind::usage,
                      .message = fmt::format("this would {}", what),
                      .hint = "say --yes where nobody can be asked"});
}

void say_what_is_left(const App& app, const Run& run, const ResumeChoice& choice) {
    for (const auto& left : choice.left)
        app.say(
            fmt::format("task '{}' is left as it is: {}", run.plan.jobs.at(left.job.value).task, left.why));
}

Outcome dry_run(const App& app, const Options& options, const Preferences& preferences,
                const std::string& dir, const Wish& wish) {
    auto run = load_run(dir);
    if (!run) return fail(run.error());
    const auto backend = connect(app, *run, preferences);
    const CallReport calls(app, *backend);
    auto journal = open_journal(run->dir, "resume");
    const auto seen = refresh(app, *run, *backend, journal ? &*journal : nullptr);
    if (seen.stale)
        app.warn(fmt::format("Slurm did not answer, this is by what the state file says: {}", seen.trouble));
    Interrupts interrupts;
    const auto prepared = prepare(app, options, wish, *run, preferences, interrupts);
    if (!prepared) return fail(prepared.error());
    show_resume(app, options, *run, resume_rows(run->plan, run->state, prepared->choice));
    return 0;
}

/// The plan with all that was prepared, as its next revision.
SubmissionPlan next_revision(const Run& run, const Prepared& prepared) {
    auto next = revise(prepared.as_set ? *prepared.as_set : run.plan, run.state, prepared.choice);
    if (prepared.edits) next.text_revision = next.revision;
    return next;
}

/// All that is done with the run under its lock.
class Resumption {
  public:
    Resumption(App& app, const Options& options, const Preferences& preferences, Run& run, Journal& journal,
               const RunLock& lock)
        : app_(&app),
          options_(&options),
          preferences_(&preferences),
          run_(&run),
          journal_(&journal),
          lock_fd_(lock.fd()) {}

    tl::expected<void, Failure> carry_out(const Wish& wish) {
        auto prepared = ask_and_prepare(wish);
        if (!prepared) return fail(std::move(prepared.error()));
        if (!prepared->is_revision()) return submit(run_->plan);
        if (auto sure = confirm(*app_, *options_, *run_, prepared->choice, interrupts_); !sure) return sure;
        const auto* const file = prepared->edits ? &prepared->edits->file : nullptr;
        return submit(next_revision(*run_, *prepared), file);
    }
    /// What is said in front of the answer.
    [[nodiscard]] const std::string& found() const { return found_; }

  private:
    tl::expected<Prepared, Failure> ask_and_prepare(const Wish& wish) {
        const auto backend = connect(*app_, *run_, *preferences_, lock_fd_, &bounds_);
        const CallReport calls(*app_, *backend);
        auto submitter = submitter_by(*backend);
        if (auto done = submitter.begin_revision(); !done) return fail(std::move(done.error()));
        if (auto done = submitter.adopt(); !done) return fail(std::move(done.error()));
        if (auto done = submitter.learn(); !done) return fail(std::move(done.error()));
        auto prepared = prepare(*app_, *options_, wish, *run_, *preferences_, interrupts_);
        if (!prepared) return prepared;
        const auto& choice = prepared->choice;
        const auto count = tasks_to_submit(resume_rows(run_->plan, run_->state, choice));
        if (count == 0 && !prepared->is_revision()) {
            if (auto why = why_not_resumed(*run_, wish.which)) return fail(std::move(*why));
            found_ = nothing_to_resume(*run_);
        } else {
            found_ =
                fmt::format("{} submitted{}; ", quantity(count, "task"), choice.again.empty() ? "" : " anew");
        }
        say_what_is_left(*app_, *run_, choice);
        return prepared;
    }

    /// `next`: the plan, or a revision of it, made of the file `edited`, if of any.
    tl::expected<void, Failure> submit(SubmissionPlan next, const WorkflowFile* edited = nullptr) {
        const auto chosen = choose_backend(*app_, next, preferences_->backend);
        if (!chosen) return fail(chosen.error());
        const auto backend = connect_to_submit(*app_, *run_, *preferences_, *chosen, lock_fd_, bounds_);
        const CallReport calls(*app_, *backend);
        auto submitter = submitter_by(*backend);
        if (next.revision > run_->plan.revision)
            if (auto done = submitter.revise(std::move(next), edited); !done) return done;
        return submitter.submit_all();
    }

    Submitter submitter_by(Backend& backend) {
        return {*app_,
                *run_,
                backend,
                *journal_,
                bounds_,
                {.patience = preferences_->patience,
                 .kill_on_invalid_dep = decide_kill_on_invalid_dep(*app_, preferences_->kill_invalid_dep),
                 .keep_partial = true}};
    }

    App* app_;
    const Options* options_;
    const Preferences* preferences_;
    Run* run_;
    Journal* journal_;
    int lock_fd_;
    Interrupts interrupts_{};
    CallBounds bounds_{.interrupts = &interrupts_};
    std::string found_{};
};

Outcome run_resume(App& app, const Options& options) {
    const auto preferences = read_preferences(app, options);
    if (!preferences) return fail(preferences.error());
    const auto wish = read_wish(options);
    if (!wish) return fail(wish.error());
    const auto& operands = options.operands();
    const auto dir = find_run(app, operands.empty() ? std::nullopt : std::optional(operands.front()));
    if (!dir) return fail(dir.error());
    if (options.has("dry-run")) return dry_run(app, options, *preferences, *dir, *wish);
    ignore_broken_pipes();
    // Only now: nobody else writes outcomes any more.
    const auto lock = wait_for_run_lock(app, *dir, preferences->patience);
    if (!lock) return fail(lock.error());
    auto run = load_run(*dir);
    if (!run) return fail(run.error());

    auto journal = open_journal(run->dir, "resume");
    if (!journal) return fail(journal.error());
    if (!run->state.created) {
        if (auto done = write_header(app, *run, *journal); !done) return fail(done.error());
    }
    Resumption resumption(app, options, *preferences, *run, *journal, *lock);
    if (auto done = resumption.carry_out(*wish); !done) return fail(std::move(done.error()));
    write_submitted(app, options, *run, "sbraid.resume/1", resumption.found());
    return 0;
}

}  // namespace

const Subcommand& resume_command() {
    static const Subcommand command{
        .spec =
            {.name = "resume",
             .summary = "submit what did not succeed, or finish a submission that was cut short",
             .operands = "[RUN]",
             .max_operands = 1,
             .description =
                 "What failed or was cancelled is submitted anew, with everything below it; of an\n"
                 "array only the elements that did not succeed. What has ended well stays, what is in\n"
                 "the queue is taken over, and edges to what has ended are dropped. A submission that\n"
                 "was cut short is finished first: call it again for what has failed since. May be\n"
                 "called any number of times.\n"
                 "TASK is a task, a glob or elements: train, 'eval-*', 'train[3]', 'train[lr=1e-4]'.",
             .examples = {{"sbraid resume", "the newest run here"},
                          {"sbraid resume --dry-run", "what would be submitted, what is adopted, and why"},
                          {"sbraid resume --from train finetune-2026",
                           "train and everything below it, also where that succeeded"},
                          {"sbraid resume --only 'eval[3]'", "this one element alone"},
                          {"sbraid resume --set train.time=8:00:00 --set train.mem=64G",
                           "what did not succeed, train with more time and memory"},
                          {"sbraid resume --edited", "with the workflow file as it is now"}},
             .options =
                 {{"failed", 0, "", "only what failed, not what was cancelled", "What"},
                  {"from", 0, "TASK",
                   "TASK and everything below it, whatever became of it (several: give it again)", "What"},
                  {"only", 0, "TASK",
                   "TASK alone, whatever became of it and of what it waits for (several: give it "
                   "again)",
                   "What"},
                  {"set", 0, "[TASK.]KEY=VALUE",
                   "another option of sbatch for TASK, or for all that are submitted; as in the file",
                   "What"},
                  {"edited", 0, "", "take what has changed in the workflow file (on a terminal it is asked)",
                   "What"},
                  {"dry-run", 0, "", "show what would be submitted, what is adopted, and why", "What"},
                  {"yes", 0, "", "do not ask before what runs is cancelled for --from and --only", "What"},
                  patience_option(),
                  connections_option(),
                  {"parsable", 0, "", "jobid[;cluster], one job a line, as sbatch prints it", "Output"},
                  json_option(),
                  parsable_option(),
                  noheader_option()},
             .exit_codes = {3, 4, 5, 130}},
        .run = run_resume};
    return command;
}

}  // namespace sbraid

#include <fmt/format.h>

#include "backend/client.hpp"
#include "backend_choice.hpp"
#include "commands/commands.hpp"
#include "commands/plan_run.hpp"
#include "commands/submit_answer.hpp"
#include "connection.hpp"
#include "io/file_lock.hpp"
#include "io/process.hpp"
#include "new_run.hpp"
#include "submitter.hpp"
#include "up_to_date.hpp"
#include "waiting.hpp"

namespace sbraid {

namespace {

/// Two runs of one file at once are usually a mistake; --again says that it is none. The caller holds the
/// file's lock.
tl::expected<void, Failure> refuse_second_run(const App& app, const WorkflowFile& file,
                                              const Options& options, const Preferences& preferences) {
    auto previous = newest_run_of(app, runs_folder(file, options), file.path);
    if (!previous || has_ended(phase(previous->state, previous->plan))) return {};
    const auto backend = connect(app, *previous, preferences);
    const CallReport calls(app, *backend);
    auto journal = open_journal(previous->dir, "submit");
    // When Slurm does not answer the file's word counts.
    const auto refreshed = refresh(app, *previous, *backend, journal ? &*journal : nullptr);
    if (refreshed.stale) app.say_more(fmt::format("Slurm did not answer: {}", refreshed.trouble));
    const auto seen = seen_phase(*previous);
    if (has_ended(seen)) return {};
    if (seen == RunPhase::partial) {
        return fail(
            Error{.kind = ErrorKind::partial,
                  .message = fmt::format("run {} of the same file is only partly submitted", previous->id()),
                  .hint = fmt::format("'sbraid resume {}' finishes it, 'sbraid cancel -r {}' takes it back, "
                                      "--again submits a new run beside it",
                                      run_operand(*previous), run_operand(*previous))});
    }
    return fail(
        Error{.message = fmt::format("run {} of the same file is still {}", previous->id(), to_string(seen)),
              .hint = fmt::format("'sbraid status {}' shows it; --again submits a new run beside it",
                                  run_operand(*previous))});
}

/// Held until the run exists, so that of two `submit` of one file at a time the second sees the run of the
/// first. Nothing is held under --again.
tl::expected<std::optional<FileLock>, Failure> claim(const App& app, const WorkflowFile& file,
                                                     const Options& options, const Preferences& preferences) {
    if (options.has("again")) return std::nullopt;
    auto lock = FileLock::acquire(file.path, preferences.patience);
    if (!lock) return fail(lock.error());
    if (!lock->held()) app.say_more(fmt::format("'{}' cannot be locked here", file.path));
    if (auto fine = refuse_second_run(app, file, options, preferences); !fine) return fail(fine.error());
    return std::move(*lock);
}

/// Makes the run and brings it into Slurm. The run's lock is free again when this returns: others may resume
/// or cancel.
tl::expected<Run, Failure> submit_new_run(const App& app, const WorkflowFile& file, SubmissionPlan made,
                                          const ChosenBackend& chosen, const Options& options,
                                          const Preferences& preferences) {
    auto claimed = claim(app, file, options, preferences);
    if (!claimed) return fail(std::move(claimed.error()));
    Interrupts interrupts;
    CallBounds bounds{.interrupts = &interrupts};
    auto created = create_run(app, file, std::move(made));
    if (!created) return fail(created.error());
    claimed->reset();  // from here on the run's own lock tells that somebody is submitting it
    auto& [run, lock, journal] = *created;
    if (!lock.trusted()) {
        app.say_more(
            "file locks cannot be relied upon here: take care not to resume this run from two hosts at once");
    }
    app.say_more(fmt::format("run directory {}", display_path(run.dir)));
    const auto backend = connect_to_submit(app, run, preferences, chosen, lock.fd(), bounds);
    const CallReport calls(app, *backend);
    Submitter submitter(app, run, *backend, journal, bounds,
                        {.patience = preferences.patience,
                         .kill_on_invalid_dep = decide_kill_on_invalid_dep(app, preferences.kill_invalid_dep),
                         .keep_partial = options.has("keep-partial")});
    auto submitted = submitter.submit_all();
    if (!submitted) return fail(std::move(submitted.error()));
    return std::move(run);
}

Outcome wait_for(const App& app, const Options& options, Run& run, const Preferences& preferences) {
    Interrupts interrupts;
    CallBounds bounds{.interrupts = &interrupts};
    const auto backend = connect(app, run, preferences, -1, &bounds);
    const CallReport calls(app, *backend);
    auto journal = open_journal(run.dir, "wait");
    auto outcome = wait_until_ended(app, run, *backend, journal ? &*journal : nullptr, bounds, {}, {});
    if (!outcome) return already_answered(app, outcome);
    if (app.json || options.has("parsable") || options.has("parsable2")) return outcome;
    return show_end(app, options, run, *outcome);
}

Outcome run_submit(App& app, const Options& options) {
    const auto preferences = read_preferences(app, options);
    if (!preferences) return fail(preferences.error());
    auto vars = read_vars(options);
    if (!vars) return fail(vars.error());
    auto file = read_workflow(options.operands().front(), std::move(*vars));
    if (!file) return fail(file.error());
    if (options.has("strict")) {
        look_closer(*file, true);
    } else {
        look_at_workdirs(*file);
    }
    if (!file->validated.workflow) return fail(invalid(*file));
    for (const auto& warning : file->validated.diagnostics) app.err.write(render(file->sources, warning));

    const auto largest =
        options.has("dry-run") ? std::nullopt : max_array_size(app, *file->validated.workflow);
    auto made = plan_new_run(app, *file, options, *preferences, largest);
    if (options.has("skip-up-to-date")) {
        std::vector<std::string> left_out;
        if (!leave_out_what_is_up_to_date(app, *file->validated.workflow, made, runs_folder(*file, options),
                                          left_out)) {
            app.say("all tasks are up to date: nothing to submit");
            return 0;
        }
        made = plan_new_run(app, *file, options, *preferences, largest);
        made.left_out = std::move(left_out);
    }
    for (const auto& [name, value] : made.sbatch_environment) {
        app.say_more(fmt::format("default from the environment: {}={}", name, value));
    }
    if (options.has("dry-run")) {
        show_plan(app, options, made);
        return 0;
    }
    // Before there is a run that would only have to be taken back.
    if (const auto trouble = client_trouble(app.environment.for_slurm()); !trouble.empty()) {
        return fail(Error{.kind = ErrorKind::slurm,
                          .message = fmt::format("this machine cannot submit to Slurm: {}", trouble),
                          .hint = "nothing was submitted; 'sbraid doctor' looks at the machine"});
    }
    const auto chosen = choose_backend(app, made, preferences->backend);
    if (!chosen) return fail(chosen.error());
    ignore_broken_pipes();
    auto run = submit_new_run(app, *file, std::move(made), *chosen, options, *preferences);
    if (!run) return fail(std::move(run.error()));
    write_submitted(app, options, *run, "sbraid.submit/1");
    return options.has("wait") ? wait_for(app, options, *run, *preferences) : Outcome{0};
}

}  // namespace

const Subcommand& submit_command() {
    static const Subcommand command{
        .spec =
            {.name = "submit",
             .summary = "submit a workflow; prints the run and its jobs",
             .operands = "FILE",
             .min_operands = 1,
             .max_operands = 1,
             .description =
                 "Nothing starts before the whole graph is in. When Slurm refuses a task, everything\n"
                 "submitted is cancelled again. Ctrl-C is safe: 'sbraid resume' goes on.",
             .examples = {{"sbraid submit flow.toml", "submit and return"},
                          {"sbraid submit --wait flow.toml && sbraid report", "and wait until it has ended"},
                          {"sbraid submit --dry-run flow.toml", "show the plan, submit nothing"}},
             .options =
                 {{"dry-run", 0, "", "show what would be submitted", "What"},
                  {"wait", 0, "", "wait until the run has ended (exit code 6 when it failed)", "What"},
                  {"again", 0, "", "also while the newest run of this file is unfinished", "What"},
                  {"skip-up-to-date", 0, "",
                   "leave out tasks whose outputs are newer than their inputs and whose text is unchanged",
                   "What"},
                  {"strict", 0, "", "submit nothing when 'sbraid check' has a warning", "What"},
                  {"keep-partial", 0, "", "when Slurm refuses a task, leave what is in for 'resume'", "What"},
                  var_option(),
                  {"run-dir", 0, "DIR", "make the run's directory in DIR (default: .sbraid beside the file)",
                   "Workflow"},
                  patience_option(),
                  connections_option(),
                  backend_option(),
                  {"parsable", 0, "", "jobid[;cluster], one job a line, as sbatch prints it", "Output"},
                  json_option(),
                  parsable_option(),
                  noheader_option()},
             .exit_codes = {3, 4, 5, 6, 130}},
        .run = run_submit};
    return command;
}

}  // namespace sbraid

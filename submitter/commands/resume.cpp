#include <fmt/format.h>

#include "backend_choice.hpp"
#include "commands/commands.hpp"
#include "commands/submit_answer.hpp"
#include "connection.hpp"
#include "io/process.hpp"
#include "lock_wait.hpp"
#include "new_run.hpp"
#include "resumable.hpp"
#include "submitter.hpp"

// The same walk as `submit`, from another state: take the lock (an sbatch or scancel that a killed submitter
// left behind holds it until it has its answer), read the state anew, ask Slurm for the run's tokens and for
// what became of the jobs, then submit what is missing and release.

namespace sbraid {

namespace {

Outcome run_resume(App& app, const Options& options) {
    const auto preferences = read_preferences(app, options);
    if (!preferences) return fail(preferences.error());
    const auto& operands = options.operands();
    const auto dir = find_run(app, operands.empty() ? std::nullopt : std::optional(operands.front()));
    if (!dir) return fail(dir.error());
    ignore_broken_pipes();
    // Only now: nobody else writes outcomes any more.
    const auto lock = wait_for_run_lock(app, *dir, preferences->patience);
    if (!lock) return fail(lock.error());
    auto run = load_run(*dir);
    if (!run) return fail(run.error());

    Interrupts interrupts;
    CallBounds bounds{.interrupts = &interrupts};
    auto journal = open_journal(run->dir, "resume");
    if (!journal) return fail(journal.error());
    if (!run->state.created) {
        if (auto done = write_header(app, *run, *journal); !done) return fail(done.error());
    }
    const auto chosen = choose_backend(app, run->plan, preferences->backend);
    if (!chosen) return fail(chosen.error());
    const auto backend = connect_to_submit(app, *run, *preferences, *chosen, lock->fd(), bounds);
    Submitter submitter(
        app, *run, *backend, *journal, bounds,
        {.patience = preferences->patience,
         .kill_on_invalid_dep = decide_kill_on_invalid_dep(app, preferences->kill_invalid_dep),
         .keep_partial = true});
    if (auto adopted = submitter.adopt(); !adopted) return fail(adopted.error());
    if (auto learned = submitter.learn(); !learned) return fail(learned.error());
    if (auto why = why_not_resumed(*run)) return fail(std::move(*why));
    const auto found = nothing_to_resume(*run);
    auto submitted = submitter.submit_all();
    report_calls(app, *backend);
    if (!submitted) return fail(std::move(submitted.error()));
    write_submitted(app, options, *run, "sbraid.resume/1", found);
    return 0;
}

}  // namespace

const Subcommand& resume_command() {
    static const Subcommand command{
        .spec = {.name = "resume",
                 .summary = "finish a submission that was cut short",
                 .operands = "[RUN]",
                 .max_operands = 1,
                 .description =
                     "Takes over jobs that Slurm has and the state file does not name, cancels doubles,\n"
                     "submits what is missing, releases. May be called any number of times; what has ended\n"
                     "stays as it ended, and a run that failed or was cancelled is not submitted again.",
                 .examples = {{"sbraid resume", "the newest run here"},
                              {"sbraid resume finetune-2026", "by a unique prefix of its id"}},
                 .options = {patience_option(),
                             connections_option(),
                             backend_option(),
                             {"parsable", 0, "", "jobid[;cluster], one job a line, as sbatch prints it",
                              "Output"},
                             json_option(),
                             parsable_option(),
                             noheader_option()},
                 .exit_codes = {4, 5, 130}},
        .run = run_resume};
    return command;
}

}  // namespace sbraid

#include "new_run.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "connection.hpp"
#include "io/file.hpp"
#include "sbraid/batch_script.hpp"
#include "sbraid/journal/run_directory.hpp"
#include "sbraid/version.hpp"

// Everything but the scripts is durable before the first job exists. The scripts are there to be read by
// people; what counts is in plan.json, so ten thousand of them are not worth ten thousand fsyncs.

namespace sbraid {

namespace {

Result<void> write_scripts(const std::string& run_dir, const SubmissionPlan& plan) {
    for (const auto& job : plan.jobs) {
        const auto path = std::filesystem::path(run_dir) / "scripts" / (job.name() + ".sh");
        if (job.name().find('/') != std::string::npos) {
            if (auto made = make_directories(path.parent_path().string()); !made) return made;
        }
        std::ofstream file(path, std::ios::binary);
        file << batch_script(plan, job);
        file.close();
        if (!file) return Unexpected{Error{.message = fmt::format("cannot write '{}'", path.string())}};
    }
    return {};
}

/// A missing log directory kills a job without a word.
Result<void> make_log_directories(const SubmissionPlan& plan) {
    for (const auto& job : plan.jobs) {
        for (const auto& directory : job.log_directories) {
            if (auto made = make_directories(directory); !made) {
                made.error().message += fmt::format(" (for the log of task '{}')", job.name());
                return made;
            }
        }
    }
    return {};
}

Result<void> write_texts(const std::string& run_dir, std::uint32_t revision, const WorkflowFile& file) {
    if (auto done = write_durably(frozen_copy(run_dir, revision), file.sources.text(0)); !done) return done;
    for (const auto part : file.validated.parts) {
        const auto path = frozen_copy(run_dir, revision, file.sources.name(part));
        if (auto made = make_directories(directory_of(path)); !made) return made;
        if (auto done = write_durably(path, file.sources.text(part)); !done) return done;
    }
    return {};
}

}  // namespace

Result<void> write_header(const App& app, Run& run, Journal& journal) {
    const auto now = app.clock.now();
    const RunCreated created{.run = run.plan.run,
                             .workflow = run.plan.workflow,
                             .user = user_name(),
                             .host = host_name(),
                             .version = k_version};
    if (auto stored = journal.append(created, now); !stored) return Unexpected{std::move(stored.error())};
    if (auto synced = journal.sync(); !synced) return synced;
    apply(run.state, run.plan,
          Record{.writer = journal.writer(), .number = 1, .time = now, .event = created});
    return {};
}

Result<void> write_revision(const Run& run, const SubmissionPlan& next, const WorkflowFile* edited) {
    if (edited != nullptr) {
        if (auto done = write_texts(run.dir, next.revision, *edited); !done) return done;
    }
    if (auto done = write_scripts(run.dir, next); !done) return done;
    if (auto done = make_log_directories(next); !done) return done;
    return write_durably(frozen_plan(run.dir, next.revision), to_json(next));
}

Result<NewRun> create_run(const App& app, const WorkflowFile& file, SubmissionPlan plan) {
    Run run;
    run.dir = plan.run_dir;
    run.plan = std::move(plan);
    if (auto done = create_run_dir(run.dir, file.files); !done) return Unexpected{std::move(done.error())};
    auto lock = RunLock::acquire(run.dir, std::chrono::seconds(5));
    if (!lock) return Unexpected{std::move(lock.error())};
    if (auto done = write_texts(run.dir, 1, file); !done) return Unexpected{std::move(done.error())};
    if (auto done = write_scripts(run.dir, run.plan); !done) return Unexpected{std::move(done.error())};
    if (auto done = make_log_directories(run.plan); !done) return Unexpected{std::move(done.error())};
    // The plan last: a directory with a plan.json is a run, one without is a crash before it began.
    if (auto done = write_durably(frozen_plan(run.dir), to_json(run.plan)); !done) {
        return Unexpected{std::move(done.error())};
    }
    auto journal = open_journal(run.dir, "submit");
    if (!journal) return Unexpected{std::move(journal.error())};
    run.state = replay(run.plan, {});
    if (auto done = write_header(app, run, *journal); !done) return Unexpected{std::move(done.error())};
    return NewRun{.run = std::move(run), .lock = std::move(*lock), .journal = std::move(*journal)};
}

std::optional<Run> newest_run_of(const App& app, const std::string& runs_folder, const std::string& file) {
    for (const auto& dir : runs_in(runs_folder)) {
        auto plan = load_plan(dir);
        if (!plan) {
            app.warn(fmt::format("which file the run in '{}' is of is not known: {}", display_path(dir),
                                 plan.error().message));
            continue;
        }
        if (plan->file != file) continue;
        Run run;
        run.dir = absolute_path(dir);
        run.plan = std::move(*plan);
        if (reload_state(run)) return run;
    }
    return std::nullopt;
}

}  // namespace sbraid

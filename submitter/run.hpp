#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app.hpp"
#include "sbraid/named_tasks.hpp"
#include "sbraid/plan.hpp"
#include "sbraid/record.hpp"
#include "sbraid/run_state.hpp"

namespace sbraid {

/// One run as its directory tells it.
struct Run {
    std::string dir;  ///< absolute
    SubmissionPlan plan;
    RunState state;
    std::vector<Record> records;
    std::vector<Damage> damage;  ///< of the state file
    /// Somebody was submitting just before the state was read. Asked before, because then what an unlocked
    /// run's state lacks is really missing, and not only not yet written.
    bool locked = false;

    [[nodiscard]] const std::string& id() const { return plan.run; }
};

/// Reads the newest revision of the plan alone. Usage error when there is no run in `dir`.
[[nodiscard]] Result<SubmissionPlan> load_plan(const std::string& dir);
/// Reads that and the state. Usage error when there is no run in `dir`.
[[nodiscard]] Result<Run> load_run(const std::string& dir);
/// Reads lock and state anew, and the plan where there is a newer revision. On failure `run` is as it was.
Result<void> reload_state(Run& run);

/// plan.json, plan.2.json and so on.
[[nodiscard]] std::string frozen_plan(const std::string& run_dir, std::uint32_t revision = 1);

/// The copy of a workflow file as it was when it was read for a revision of the plan
/// (SubmissionPlan::text_revision): of a part of the workflow by its name (PlannedJob::file), of the workflow
/// file itself without.
[[nodiscard]] std::string frozen_copy(const std::string& run_dir, std::uint32_t revision,
                                      const std::string& part = {});

/// The name of a part from that of its copy.
[[nodiscard]] std::string unescaped_part(std::string name);

/// The directories of runs in `folder`/.sbraid and in the .sbraid of folders below, newest first. Symbolic
/// links are not followed, hidden folders not entered.
[[nodiscard]] std::vector<std::string> runs_below(const std::string& folder);
/// Those in `folder` itself (a .sbraid), newest first.
[[nodiscard]] std::vector<std::string> runs_in(const std::string& folder);

/// The directory of the run that the user means: a run id, a unique prefix, a run directory, or nothing:
/// SBRAID_RUN_DIR, else the newest run below the current directory. Errors are of kind usage.
[[nodiscard]] Result<std::string> find_run(const App& app, const std::optional<std::string>& named);

/// find_run() and load_run().
[[nodiscard]] Result<Run> open_run(const App& app, const std::optional<std::string>& named);

/// What to type as RUN from here: the id where find_run() finds it, else the directory, quoted for a shell.
[[nodiscard]] std::string run_operand(const Run& run);
[[nodiscard]] std::string run_operand(const std::string& id, const std::string& dir);

/// The jobs that the user names (tasks_named()). Usage error, with what to look at.
[[nodiscard]] Result<std::vector<NamedJob>> find_tasks(const SubmissionPlan& plan, std::string_view text);

/// A path as the user would write it: relative when it lies below the current directory.
[[nodiscard]] std::string display_path(const std::string& path);

}  // namespace sbraid

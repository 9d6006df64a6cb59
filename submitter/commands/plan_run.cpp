#include "commands/plan_run.hpp"

#include "io/file.hpp"

namespace sbraid {

std::string runs_folder(const WorkflowFile& file, const Options& options) {
    if (const auto folder = options.value("run-dir")) return absolute_path(*folder);
    return directory_of(file.path) + "/.sbraid";
}

SubmissionPlan plan_new_run(const App& app, const WorkflowFile& file, const Options& options,
                            const Preferences& preferences, std::optional<std::uint32_t> max_array_size) {
    const auto& workflow = *file.validated.workflow;
    const auto now = std::chrono::floor<std::chrono::seconds>(app.clock.now());
    const auto run = make_run_id(workflow.name(), now, random_bits());
    return plan(workflow, {.run = run,
                           .file = file.path,
                           .run_dir = runs_folder(file, options) + "/" + run,
                           .submitter = executable_path(),
                           .sbatch_environment = app.environment.sbatch_input(),
                           .max_array_size = max_array_size.value_or(k_default_max_array_size),
                           .gate_options = preferences.gate_options});
}

}  // namespace sbraid

#include "commands/plan_run.hpp"

#include <fmt/format.h>

#include "connection.hpp"
#include "io/file.hpp"

namespace sbraid {

namespace {

/// --tres-per-task is there since 23.11. sbatch is asked for its release only where that matters.
bool is_usable(const App& app, GpuStyle style) {
    if (style != GpuStyle::tres) return true;
    const auto release = slurm_release(app);
    if (release >= SlurmRelease{23, 11}) return true;
    const auto which = release ? fmt::format("this is {}.{:02}", release->major, release->minor)
                               : std::string("which this is, is not known");
    app.say_more(
        fmt::format("gpu_style: \"tres\" takes Slurm 23.11, and {}: GPUs stay as they are written", which));
    return false;
}

SubmissionPlan plan_in(const App& app, const WorkflowFile& file, const Preferences& preferences,
                       const PlanContext& context) {
    auto made = plan(*file.validated.workflow, context);
    made.vars = file.vars;
    if (const auto style = preferences.gpu_style; style && is_usable(app, *style)) {
        for (const auto& line : respell_gpus(made, *style)) app.say_more(fmt::format("gpu_style: {}", line));
    }
    return made;
}

}  // namespace

std::string runs_folder(const WorkflowFile& file, const Options& options) {
    if (const auto folder = options.value("run-dir")) return absolute_path(*folder);
    return directory_of(file.path) + "/.sbraid";
}

SubmissionPlan plan_new_run(const App& app, const WorkflowFile& file, const Options& options,
                            const Preferences& preferences, std::optional<std::uint32_t> max_array_size) {
    const auto& workflow = *file.validated.workflow;
    const auto now = std::chrono::floor<std::chrono::seconds>(app.clock.now());
    const auto run = make_run_id(workflow.name(), now, random_bits());
    return plan_in(app, file, preferences,
                   {.run = run,
                    .file = file.path,
                    .run_dir = runs_folder(file, options) + "/" + run,
                    .submitter = executable_path(),
                    .sbatch_environment = app.environment.sbatch_input(),
                    .max_array_size = max_array_size.value_or(k_default_max_array_size),
                    .gate_options = preferences.gate_options});
}

SubmissionPlan plan_again(const App& app, const WorkflowFile& file, const SubmissionPlan& of_run,
                          const Preferences& preferences) {
    const auto largest = max_array_size(app, *file.validated.workflow);
    auto made = plan_in(app, file, preferences,
                        {.run = of_run.run,
                         .file = of_run.file,
                         .run_dir = of_run.run_dir,
                         .submitter = of_run.submitter,
                         .sbatch_environment = of_run.sbatch_environment,
                         .max_array_size = largest.value_or(k_default_max_array_size),
                         .gate_options = preferences.gate_options});
    made.left_out = of_run.left_out;
    return made;
}

}  // namespace sbraid

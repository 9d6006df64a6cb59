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
    auto made = plan(workflow, {.run = run,
                                .file = file.path,
                                .run_dir = runs_folder(file, options) + "/" + run,
                                .submitter = executable_path(),
                                .sbatch_environment = app.environment.sbatch_input(),
                                .max_array_size = max_array_size.value_or(k_default_max_array_size),
                                .gate_options = preferences.gate_options});
    if (const auto style = preferences.gpu_style; style && is_usable(app, *style)) {
        for (const auto& line : respell_gpus(made, *style)) app.say_more(fmt::format("gpu_style: {}", line));
    }
    return made;
}

}  // namespace sbraid

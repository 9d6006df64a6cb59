#include "backend_choice.hpp"

#include <fmt/format.h>

#include "backend/client.hpp"
#include "backend/libslurm_module.hpp"
#include "connection.hpp"

namespace sbraid {

namespace {

Unexpected because(std::string why) {
    return Unexpected{Error{.kind = ErrorKind::slurm, .message = std::move(why)}};
}

/// Why the module cannot submit this job as sbatch would; empty: it can.
std::string trouble_with(const LibslurmModule& module, const SubmissionPlan& plan, const PlannedJob& job) {
    if (!job.sbatch_lines.empty()) return "its batch script has #SBATCH lines, which are left to sbatch";
    const Submission any{.held = true, .parent_ids = std::vector<JobId>(job.edges.size(), JobId{1})};
    return module.trouble_with(sbatch_arguments(plan, job, any));
}

}  // namespace

Result<std::shared_ptr<const LibslurmModule>> find_libslurm(const App& app) {
    if (sbatch_is_script(app.environment.for_slurm()))
        return because("the sbatch in PATH is a script, which may do more than to submit");
    const auto release = slurm_release(app);
    if (!release) return because("sbatch does not say which release of Slurm is here");
    auto module = LibslurmModule::open(fmt::format("{}.{:02}", release->major, release->minor));
    if (!module) return module;
    if (const auto& filter = (*module)->cli_filter(); !filter.empty())
        return because(fmt::format("the site has sbatch filter submissions (CliFilterPlugins={})", filter));
    return module;
}

tl::expected<ChosenBackend, Failure> choose_backend(const App& app, const SubmissionPlan& plan,
                                                    BackendWish wish) {
    if (wish == BackendWish::sbatch) return ChosenBackend{};
    const bool is_forced = wish == BackendWish::libslurm;
    const auto module = find_libslurm(app);
    if (!module && is_forced) {
        return fail(
            Error{.kind = ErrorKind::slurm,
                  .message = fmt::format("libslurm cannot submit here, because {}", module.error().message),
                  .hint = "nothing was submitted; without --backend libslurm sbatch does it"});
    }
    if (!module) {
        app.say_more(fmt::format("submitting by sbatch, because {}", module.error().message));
        return ChosenBackend{};
    }
    for (const auto& job : plan.jobs) {
        const auto trouble = trouble_with(**module, plan, job);
        if (trouble.empty()) continue;
        if (is_forced) {
            return fail(
                Error{.kind = ErrorKind::slurm,
                      .message = fmt::format("libslurm cannot submit task '{}': {}", job.name(), trouble),
                      .hint = "nothing was submitted; without --backend libslurm sbatch does it"});
        }
        app.say_more(fmt::format("submitting by sbatch, because of task '{}': {}", job.name(), trouble));
        return ChosenBackend{};
    }
    app.say_more("submitting by libslurm");
    return ChosenBackend{.module = *module};
}

}  // namespace sbraid

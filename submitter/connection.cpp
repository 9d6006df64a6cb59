#include "connection.hpp"

#include <fmt/format.h>

#include "io/file.hpp"
#include "io/process.hpp"

namespace sbraid {

namespace {

std::string cluster_of(const SubmissionPlan& plan) {
    constexpr std::string_view k_prefix = "--clusters=";
    for (const auto& job : plan.jobs) {
        for (const auto& option : job.options) {
            if (option.starts_with(k_prefix)) return option.substr(k_prefix.size());
        }
    }
    return {};
}

}  // namespace

std::unique_ptr<SbatchBackend> connect(const App& app, const Run& run, const Preferences& preferences,
                                       int lock_fd) {
    SbatchBackend::Settings settings{.environment = app.environment.for_slurm(),
                                     .user = run.state.created ? run.state.created->user : user_name(),
                                     .run = run.plan.run,
                                     .cluster = cluster_of(run.plan),
                                     .connections = preferences.connections,
                                     .inherit_fd = lock_fd};
    settings.warn = [&app](std::string_view line) { app.warn(line); };
    if (app.verbosity > 1) {
        settings.trace = [&app](std::string_view line) { app.say_more(line); };
    }
    return std::make_unique<SbatchBackend>(std::move(settings));
}

Result<Journal> open_journal(const std::string& run_dir, std::string_view command) {
    return Journal::open({.run_dir = run_dir, .writer = command_writer(command, random_bits())});
}

bool decide_kill_on_invalid_dep(const App& app, KillInvalidDep wish) {
    if (wish != KillInvalidDep::automatic) return wish == KillInvalidDep::yes;
    const auto result = run_process(
        {.argv = {"sbatch", "--version"}, .environment = app.environment.for_slurm(), .input = {}});
    for (const std::string_view bad : {"25.11.0", "25.11.1", "25.11.2", "25.11.3", "25.11.4"}) {
        const auto at = result.out.find(bad);
        if (at == std::string::npos) continue;
        const auto next = at + bad.size();
        const bool longer = next < result.out.size() && result.out[next] >= '0' && result.out[next] <= '9';
        if (longer) continue;
        app.say_more(fmt::format("--kill-on-invalid-dep=no, because of Slurm {}", bad));
        return false;
    }
    return true;
}

void report_calls(const App& app, const Backend& backend) {
    std::string text;
    for (const auto& [program, count] : backend.calls()) text += fmt::format(", {} {}", count, program);
    if (!text.empty()) app.say_more(fmt::format("calls of Slurm: {}", text.substr(2)));
}

}  // namespace sbraid

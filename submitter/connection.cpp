#include "connection.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "backend/client.hpp"
#include "backend/libslurm.hpp"
#include "backend_choice.hpp"
#include "io/file.hpp"
#include "io/process.hpp"

namespace sbraid {

namespace {

std::string owner_of(const Run& run) {
    return run.state.created ? run.state.created->user : user_name();
}

/// No call takes longer than the patience that there is for all of them.
void be_patient(SbatchBackend::Settings& settings, const Preferences& preferences) {
    const auto patience = std::max(preferences.patience, k_least_call_time);
    settings.submit_timeout = std::min(settings.submit_timeout, patience);
    settings.call_timeout = std::min(settings.call_timeout, patience);
}

std::unique_ptr<SbatchBackend> make_backend(const App& app, SbatchBackend::Settings settings) {
    settings.environment = app.environment.for_slurm();
    if (app.err.is_tty() && !app.quiet) {
        settings.slow = [&app](std::string_view program) {
            app.err.write("\r\033[K");  // a line of progress may be there
            app.say(fmt::format("asking Slurm ({}) ...", program));
        };
    }
    settings.warn = [&app](std::string_view line) { app.warn(line); };
    if (app.verbosity > 1) {
        settings.trace = [&app](std::string_view line) { app.say_more(line); };
    }
    return std::make_unique<SbatchBackend>(std::move(settings));
}

/// What `sbatch --version` says; empty where it cannot be asked.
std::string sbatch_version(const App& app) {
    const auto environment = app.environment.for_slurm();
    if (!client_trouble(environment).empty()) return {};
    return run_process({.argv = {"sbatch", "--version"},
                        .environment = environment,
                        .input = {},
                        .timeout = k_least_call_time})
        .out;
}

}  // namespace

std::string cluster_of(const Run& run) {
    constexpr std::string_view k_prefix = "--clusters=";
    for (const auto& job : run.plan.jobs) {
        for (const auto& option : job.options) {
            if (option.starts_with(k_prefix)) return option.substr(k_prefix.size());
        }
    }
    return {};
}

std::unique_ptr<SbatchBackend> connect(const App& app, const Run& run, const Preferences& preferences,
                                       int lock_fd, const CallBounds* bounds) {
    SbatchBackend::Settings settings{.environment = {},
                                     .user = owner_of(run),
                                     .run = run.id(),
                                     .cluster = cluster_of(run),
                                     .connections = preferences.connections,
                                     .bounds = bounds,
                                     .inherit_fd = lock_fd};
    be_patient(settings, preferences);
    return make_backend(app, std::move(settings));
}

std::unique_ptr<Backend> connect_to_submit(const App& app, const Run& run, const Preferences& preferences,
                                           const ChosenBackend& chosen, int lock_fd,
                                           const CallBounds& bounds) {
    auto commands = connect(app, run, preferences, lock_fd, &bounds);
    if (chosen.module == nullptr) return commands;
    LibslurmBackend::Settings settings{.connections = preferences.connections, .bounds = &bounds};
    settings.call_timeout = std::max(preferences.patience, k_least_call_time);
    if (app.verbosity > 1) settings.trace = [&app](std::string_view line) { app.say_more(line); };
    return std::make_unique<LibslurmBackend>(chosen.module, std::move(commands), std::move(settings));
}

std::unique_ptr<SbatchBackend> connect_all(const App& app, const std::vector<const Run*>& runs,
                                           const Preferences& preferences) {
    std::set<std::string> owners;
    for (const auto* run : runs) owners.insert(owner_of(*run));
    SbatchBackend::Settings settings{.environment = {},
                                     .user = fmt::format("{}", fmt::join(owners, ",")),
                                     .run = {},
                                     .cluster = cluster_of(*runs.front())};
    be_patient(settings, preferences);
    return make_backend(app, std::move(settings));
}

Result<Journal> open_journal(const std::string& run_dir, std::string_view command) {
    return Journal::open({.run_dir = run_dir, .writer = command_writer(command, random_bits())});
}

std::optional<SlurmRelease> parse_slurm_release(std::string_view text) {
    SlurmRelease release;
    text.remove_prefix(std::min(text.find_first_of("0123456789"), text.size()));
    const char* const end = text.data() + text.size();
    const auto [dot, error] = std::from_chars(text.data(), end, release.major);
    if (error != std::errc{} || dot == end || *dot != '.') return std::nullopt;
    if (std::from_chars(dot + 1, end, release.minor).ec != std::errc{}) return std::nullopt;
    return release;
}

std::optional<SlurmRelease> slurm_release(const App& app) {
    return parse_slurm_release(sbatch_version(app));
}

bool decide_kill_on_invalid_dep(const App& app, KillInvalidDep wish) {
    if (wish != KillInvalidDep::automatic) return wish == KillInvalidDep::yes;
    const auto version = sbatch_version(app);  // empty: the first call tells
    for (const std::string_view bad : {"25.11.0", "25.11.1", "25.11.2", "25.11.3", "25.11.4"}) {
        const auto at = version.find(bad);
        if (at == std::string::npos) continue;
        const auto next = at + bad.size();
        const bool longer = next < version.size() && version[next] >= '0' && version[next] <= '9';
        if (longer) continue;
        app.say_more(fmt::format("--kill-on-invalid-dep=no, because of Slurm {}", bad));
        return false;
    }
    return true;
}

std::optional<std::uint32_t> max_array_size(const App& app, const Workflow& workflow) {
    if (std::none_of(workflow.tasks().begin(), workflow.tasks().end(),
                     [](const Task& task) { return task.array.has_value(); }))
        return std::nullopt;
    const auto config =
        make_backend(app, {.environment = {}, .user = {}, .run = {}, .cluster = {}})->config();
    const auto found = config ? config->find("MaxArraySize") : decltype(config->find("")){};
    if (!config || found == config->end()) return std::nullopt;
    std::uint32_t size = 0;
    const char* const end = found->second.data() + found->second.size();
    const auto [stop, error] = std::from_chars(found->second.data(), end, size);
    return error == std::errc{} && stop == end && size > 0 ? std::optional{size} : std::nullopt;
}

CallReport::~CallReport() {
    std::string text;
    for (const auto& [program, count] : backend_->calls()) text += fmt::format(", {} {}", count, program);
    if (!text.empty()) app_->say_more(fmt::format("calls of Slurm: {}", text.substr(2)));
}

}  // namespace sbraid

#include "diagnosis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>

#include "backend/classify.hpp"
#include "backend/client.hpp"
#include "backend_choice.hpp"
#include "connection.hpp"
#include "file_system.hpp"
#include "io/file.hpp"
#include "io/process.hpp"
#include "sbraid/journal/lock_trust.hpp"
#include "sbraid/version.hpp"

// Each function looks at one thing and appends one finding. What needs the controller's configuration is left
// out when the controller does not answer: its own finding says so.

namespace fs = std::filesystem;

namespace sbraid {

namespace {

using Config = std::map<std::string, std::string>;
using Findings = std::vector<Finding>;

std::string value_of(const Config& config, const std::string& key) {
    const auto found = config.find(key);
    return found == config.end() || found->second == "(null)" ? std::string{} : found->second;
}

/// Slurm's releases are year.month: 22.05.
int release_number(std::string_view version) {
    int year = 0;
    int month = 0;
    const auto dot = version.find('.');
    if (dot == std::string_view::npos) return 0;
    std::from_chars(version.data(), version.data() + dot, year);
    std::from_chars(version.data() + dot + 1, version.data() + version.size(), month);
    return year * 100 + month;
}

Result<std::string> client_version(const App& app) {
    const auto environment = app.environment.for_slurm();
    if (auto trouble = client_trouble(environment); !trouble.empty())
        return Unexpected{Error{.kind = ErrorKind::slurm, .message = std::move(trouble)}};
    auto result = run_process({.argv = {"sbatch", "--version"},
                               .environment = environment,
                               .input = {},
                               .timeout = k_least_call_time});
    if (!result.ok())
        return Unexpected{Error{.kind = ErrorKind::slurm, .message = words_of("sbatch", result)}};
    auto text = result.out.substr(0, result.out.find('\n'));
    const auto space = text.find(' ');
    return space == std::string::npos ? text : text.substr(space + 1);
}

void look_at_client(Findings& findings, const Result<std::string>& version) {
    if (!version) {
        findings.push_back(
            {.check = "client",
             .health = Health::fail,
             .what = version.error().message,
             .advice = "load Slurm's module, put its bin directory into PATH, or mend SLURM_CONF"});
        return;
    }
    const bool old = release_number(*version) < 2205;
    findings.push_back({.check = "client",
                        .health = old ? Health::warn : Health::ok,
                        .what = fmt::format("Slurm {}", *version),
                        .advice = old ? "sbraid is tested with Slurm 22.05 and newer" : ""});
}

void look_at_backends(Findings& findings, const App& app) {
    const auto module = find_libslurm(app);
    findings.push_back(
        {.check = "backends",
         .health = Health::ok,
         .what = module ? "libslurm and sbatch"
                        : fmt::format("sbatch; libslurm is not used, because {}", module.error().message)});
}

void look_at_controller(Findings& findings, const Config& config, const std::string& client) {
    const auto version = value_of(config, "SLURM_VERSION");
    const bool differ = release_number(version) != release_number(client);
    findings.push_back({.check = "controller",
                        .health = Health::ok,
                        .what = fmt::format("cluster {}, Slurm {}{}", value_of(config, "ClusterName"),
                                            version, differ ? ", another release than the client's" : "")});
}

void look_at_accounting(Findings& findings, const Config& config) {
    const auto type = value_of(config, "AccountingStorageType");
    if (type.empty() || type.ends_with("/none")) {
        findings.push_back(
            {.check = "accounting",
             .health = Health::warn,
             .what = "off",
             .advice = "sbraid works without it, but what ended long ago is known from the state file "
                       "alone and reports lack CPU and memory; set AccountingStorageType"});
        return;
    }
    const auto gather = value_of(config, "JobAcctGatherType");
    const bool blind = gather.empty() || gather.ends_with("/none");
    findings.push_back(
        {.check = "accounting",
         .health = blind ? Health::warn : Health::ok,
         .what = fmt::format("{}, JobAcctGatherType {}", type, gather.empty() ? "none" : gather),
         .advice = blind ? "reports lack CPU time and memory; set JobAcctGatherType" : ""});
}

/// The plugstack lines that name our plugin, in the file and in those that it includes. nullopt: unreadable.
std::optional<std::string> plugin_line(const std::string& path, int depth = 0) {
    const auto text = read_file(path);
    if (!text) return std::nullopt;
    std::size_t begin = 0;
    while (begin < text->size()) {
        const auto end = std::min(text->find('\n', begin), text->size());
        const auto line = text->substr(begin, end - begin);
        begin = end + 1;
        const auto first = line.find_first_not_of(" \t");
        if (first == std::string::npos || line[first] == '#') continue;
        if (line.find("spank_sbraid") != std::string::npos) return line.substr(first);
        if (line.compare(first, 7, "include") != 0 || depth > 3) continue;
        auto pattern = line.substr(std::min(line.size(), line.find_first_not_of(" \t", first + 7)));
        if (pattern.empty() || pattern.front() != '/') pattern.insert(0, directory_of(path) + "/");
        // Only a * in the last component, as plugstack.conf.d/*.conf has it.
        const auto star = pattern.rfind('*');
        const auto ending = star == std::string::npos ? std::string{} : pattern.substr(star + 1);
        std::error_code error;
        if (star == std::string::npos) {
            if (auto found = plugin_line(pattern, depth + 1); found && !found->empty()) return found;
            continue;
        }
        for (fs::directory_iterator it(fs::path(pattern).parent_path(), error), last; !error && it != last;
             it.increment(error)) {
            if (!it->path().string().ends_with(ending)) continue;
            if (auto found = plugin_line(it->path().string(), depth + 1); found && !found->empty())
                return found;
        }
    }
    return std::string{};
}

void look_at_plugin(Findings& findings, const Config& config, const std::optional<Run>& newest) {
    const auto path = value_of(config, "PlugStackConfig");
    const auto line = path.empty() ? std::optional<std::string>{std::string{}} : plugin_line(path);
    const bool recorded = newest && !newest->state.steps.empty();
    Finding finding{.check = "plugin", .health = Health::ok, .what = {}};
    if (recorded) {
        finding.what =
            fmt::format("run {} has records of {} steps", newest->id(), newest->state.steps.size());
    } else if (line && !line->empty()) {
        finding.what = fmt::format("{} has '{}'{}", path, *line,
                                   newest ? ", but the newest run here has no record of it yet" : "");
    } else {
        finding.health = Health::warn;
        finding.what = !line ? fmt::format("{} cannot be read here", path)
                             : fmt::format("{} does not load spank_sbraid.so",
                                           path.empty() ? "no plugstack.conf" : path);
        finding.advice =
            "without it GPU use is not recorded by node; add 'optional spank_sbraid.so' to plugstack.conf";
    }
    if (line && line->starts_with("required")) {
        finding.health = Health::warn;
        finding.advice =
            "say 'optional', not 'required', in the plugstack line: no job may ever depend on it";
    }
    findings.push_back(std::move(finding));
}

void look_at_limits(Findings& findings, const Config& config, const App& app,
                    const Preferences& preferences) {
    const auto requeue = value_of(config, "JobRequeue");
    findings.push_back(
        {.check = "requeue",
         .health = Health::ok,
         .what = fmt::format("JobRequeue={}{}", requeue,
                             requeue == "0" ? ": jobs are requeued only when they ask for it" : "")});
    findings.push_back({.check = "limits",
                        .health = Health::ok,
                        .what = fmt::format("MaxArraySize={}, MaxJobCount={}, MinJobAge={}",
                                            value_of(config, "MaxArraySize"), value_of(config, "MaxJobCount"),
                                            value_of(config, "MinJobAge"))});
    const bool kill = decide_kill_on_invalid_dep(app, preferences.kill_invalid_dep);
    findings.push_back({.check = "kill_invalid_dep",
                        .health = Health::ok,
                        .what = kill ? "Slurm cancels jobs that can never run (--kill-on-invalid-dep=yes)"
                                     : "sbraid's status, wait and resume cancel jobs that can never run"});
}

/// Every node is this machine: then everything is shared.
bool single_machine(const App& app) {
    const auto result = run_process({.argv = {"sinfo", "--noheader", "--Node", "--format=%o"},
                                     .environment = app.environment.for_slurm(),
                                     .input = {}});
    if (!result.ok() || result.out.empty()) return false;
    const auto host = host_name();
    std::size_t begin = 0;
    while (begin < result.out.size()) {
        const auto end = std::min(result.out.find('\n', begin), result.out.size());
        auto address = result.out.substr(begin, end - begin);
        while (!address.empty() && address.back() == ' ') address.pop_back();
        begin = end + 1;
        if (address != host && address != "localhost" && !address.starts_with("127.")) return false;
    }
    return true;
}

void look_at_directory(Findings& findings, const App& app, const std::optional<Run>& newest, bool reachable) {
    std::error_code error;
    const auto path = fs::canonical(newest ? fs::path(newest->dir) : fs::current_path(error), error).string();
    const auto mountinfo = read_file("/proc/self/mountinfo");
    const auto found = mountinfo ? find_file_system(*mountinfo, path) : FileSystem{};
    const auto name = found.type.empty() ? std::string("a file system that is not known") : found.type;
    Finding finding{.check = "run_directory", .health = Health::ok, .what = {}};
    if (is_shared_type(found.type)) {
        finding.what = fmt::format("{} is on {}, which nodes can share", display_path(path), name);
    } else if (reachable && single_machine(app)) {
        finding.what = fmt::format("{} is on {}, and all nodes are this machine", display_path(path), name);
    } else {
        finding.health = Health::warn;
        finding.what = fmt::format("{} is on {}, which other hosts may not see", display_path(path), name);
        finding.advice =
            "keep workflow files where all nodes see them (home, scratch), or use submit --run-dir";
    }
    findings.push_back(std::move(finding));
    if (lock_trust(path) == LockTrust::lying) {
        findings.push_back(
            {.check = "locks",
             .health = Health::warn,
             .what = "file locks there mean nothing to other hosts",
             .advice = "records go to files of one writer each; do not resume a run from two hosts at once"});
    }
}

}  // namespace

Findings diagnose(const App& app, SbatchBackend& backend, const Preferences& preferences,
                  const std::optional<Run>& newest) {
    Findings findings;
    findings.push_back({.check = "sbraid",
                        .health = Health::ok,
                        .what = fmt::format("{} ({})", k_version, executable_path())});
    for (const auto& mistake : preferences.wrong_files) {
        findings.push_back(
            {.check = "configuration",
             .health = Health::fail,
             .what = mistake.message,
             .advice = mistake.hint.empty() ? "mend it: until then nothing can be submitted" : mistake.hint});
    }
    const auto client = client_version(app);
    look_at_client(findings, client);
    if (client) look_at_backends(findings, app);
    const auto config = client ? backend.config() : Unexpected{client.error()};
    if (config) {
        look_at_controller(findings, *config, *client);
        look_at_accounting(findings, *config);
        look_at_plugin(findings, *config, newest);
        look_at_limits(findings, *config, app, preferences);
    } else if (client) {
        findings.push_back({.check = "controller",
                            .health = Health::fail,
                            .what = config.error().message,
                            .advice = "is slurmctld up, and does SLURM_CONF name the right slurm.conf?"});
    }
    look_at_directory(findings, app, newest, config.has_value());
    return findings;
}

}  // namespace sbraid

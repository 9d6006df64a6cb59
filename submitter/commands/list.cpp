#include <fmt/format.h>

#include <deque>
#include <filesystem>
#include <map>

#include "answer.hpp"
#include "commands/commands.hpp"
#include "connection.hpp"
#include "sbraid/status_view.hpp"
#include "waiting.hpp"

// The state files know how a run ended only when somebody has looked since. So Slurm is asked about all runs
// that have not ended, a cluster at a time: one squeue, and one sacct where jobs are newly gone.

namespace sbraid {

namespace {

/// Each holds a descriptor. The ends of further runs are recorded by the next look.
constexpr std::size_t k_most_journals = 200;

std::deque<Run> load_runs(const App& app, const std::string& folder) {
    std::deque<Run> runs;
    for (const auto& dir : runs_below(folder)) {
        auto run = load_run(dir);
        if (run) {
            runs.push_back(std::move(*run));
        } else {
            app.warn(run.error().message);
        }
    }
    return runs;
}

/// The clusters that did not answer, with why.
std::map<std::string, std::string> refresh_open(const App& app, std::deque<Run>& runs,
                                                const Preferences& preferences) {
    std::map<std::string, std::vector<Run*>> open;
    for (auto& run : runs) {
        if (!has_ended(seen_phase(run))) open[cluster_of(run)].push_back(&run);
    }
    std::map<std::string, std::string> silent;
    for (const auto& [cluster, members] : open) {
        std::deque<Journal> journals;
        std::vector<OpenRun> looks;
        for (auto* run : members) {
            looks.push_back({.run = run, .journal = nullptr});
            if (journals.size() == k_most_journals) continue;
            auto journal = open_journal(run->dir, "list");
            if (!journal) continue;  // somebody else's run is only looked at
            journals.push_back(std::move(*journal));
            looks.back().journal = &journals.back();
        }
        const auto backend = connect_all(app, {members.begin(), members.end()}, preferences);
        const CallReport calls(app, *backend);
        const auto refreshed = refresh_all(app, looks, *backend);
        if (refreshed.stale) {
            silent[cluster] = refreshed.trouble;
        } else if (!refreshed.trouble.empty()) {
            app.warn(fmt::format("the accounting did not answer: {}", refreshed.trouble));
        }
    }
    return silent;
}

Outcome run_list(App& app, const Options& options) {
    const auto preferences = read_preferences(app, options, WrongFiles::are_warnings);
    if (!preferences) return fail(preferences.error());
    const auto folder = options.operands().empty() ? std::string(".") : options.operands().front();
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error)) {
        return fail(Error{.kind = ErrorKind::usage, .message = fmt::format("'{}' is no directory", folder)});
    }
    auto runs = load_runs(app, folder);
    if (runs.empty() && !app.json && !options.has("parsable2")) {
        app.say("there is no run below this directory; 'sbraid submit FILE' makes one");
        return 0;
    }
    const bool offline = options.has("offline");
    const auto silent =
        offline ? std::map<std::string, std::string>{} : refresh_open(app, runs, *preferences);
    std::vector<RunRow> rows;
    for (const auto& run : runs) {
        rows.push_back(run_row(run.plan, run.state, seen_phase(run)));
        rows.back().dir = run.dir;
        rows.back().stale = !has_ended(rows.back().phase) && (offline || silent.contains(cluster_of(run)));
    }
    write_answer(app, options,
                 {.people = [&] { return list_table(rows, app.clock.now()); },
                  .parsable = [&] { return list_parsable(rows); },
                  .json = [&] { return list_json(rows); }});
    for (const auto& [cluster, why] : silent) {
        app.warn(fmt::format("Slurm did not answer, what is marked stale is as it was last seen: {}", why));
    }
    return 0;
}

}  // namespace

const Subcommand& list_command() {
    static const Subcommand command{
        .spec =
            {.name = "list",
             .summary = "the runs below this directory",
             .operands = "[DIR]",
             .max_operands = 1,
             .description =
                 "Newest first. Asks Slurm once for all runs that have not ended; when it does not answer,\n"
                 "shows what the state files say.",
             .examples = {{"sbraid list", "below the current directory"},
                          {"sbraid list --json ~/work", "for a script"}},
             .options = {{"offline", 0, "", "what the state files say, without asking Slurm", "What"},
                         json_option(),
                         parsable_option(),
                         noheader_option()}},
        .run = run_list};
    return command;
}

}  // namespace sbraid

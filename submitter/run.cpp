#include "run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "io/file.hpp"
#include "sbraid/journal/journal.hpp"
#include "sbraid/journal/run_lock.hpp"
#include "sbraid/shell_quote.hpp"

// A run directory is a folder that holds a plan.json; its name is the run id, whose time stamp is the time of
// creation. Runs of the same second are told apart by the time of the file.

namespace fs = std::filesystem;

namespace sbraid {

namespace {

constexpr std::size_t k_max_depth = 6;
constexpr std::size_t k_max_folders = 20'000;

bool is_run_directory(const fs::path& path) {
    std::error_code error;
    return fs::is_regular_file(path / "plan.json", error);
}

struct Found {
    std::string stamp;  ///< `yyyymmddThhmmss` of the run id
    fs::file_time_type time;
    std::string dir;
};

/// The second last part of `<workflow>-<stamp>-<hex>`.
std::string stamp_of(const std::string& run_id) {
    const auto last = run_id.rfind('-');
    if (last == std::string::npos || last == 0) return {};
    const auto before = run_id.rfind('-', last - 1);
    return before == std::string::npos ? std::string{} : run_id.substr(before + 1, last - before - 1);
}

void collect(const fs::path& folder, std::vector<Found>& into) {
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
        if (!is_run_directory(it->path())) continue;
        std::error_code unreadable;
        into.push_back({.stamp = stamp_of(it->path().filename().string()),
                        .time = fs::last_write_time(it->path() / "plan.json", unreadable),
                        .dir = it->path().string()});
    }
}

std::vector<std::string> newest_first(std::vector<Found> found) {
    std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
        return std::tie(a.stamp, a.time, a.dir) > std::tie(b.stamp, b.time, b.dir);
    });
    std::vector<std::string> result;
    result.reserve(found.size());
    for (auto& one : found) result.push_back(std::move(one.dir));
    return result;
}

Unexpected unknown_run(std::string message, std::string hint) {
    return Unexpected{
        Error{.kind = ErrorKind::usage, .message = std::move(message), .hint = std::move(hint)}};
}

Result<std::string> find_by_prefix(const std::string& named) {
    std::vector<std::string> matches;
    for (const auto& dir : runs_below(".")) {
        const auto id = fs::path(dir).filename().string();
        if (id == named) return absolute_path(dir);
        if (id.starts_with(named)) matches.push_back(dir);
    }
    if (matches.empty()) {
        return unknown_run(fmt::format("there is no run '{}' below the current directory", named),
                           "'sbraid list' shows the runs; one elsewhere is named by its directory");
    }
    if (matches.size() > 1) {
        constexpr std::size_t k_most = 10;
        std::string candidates;
        for (std::size_t i = 0; i < matches.size() && i < k_most; ++i) {
            candidates += fmt::format("{}{}", i == 0 ? "" : ", ", fs::path(matches[i]).filename().string());
        }
        if (matches.size() > k_most) candidates += fmt::format(" and {} more", matches.size() - k_most);
        return unknown_run(fmt::format("'{}' could be {} runs", named, matches.size()),
                           fmt::format("newest first: {}", candidates));
    }
    return absolute_path(matches.front());
}

/// Of a file of a revision: `.2`; nothing for the first.
std::string numbered(std::uint32_t revision) {
    return revision == 1 ? std::string{} : fmt::format(".{}", revision);
}

/// Revisions are made one after the other, and none is ever removed.
std::uint32_t newest_revision(const std::string& run_dir) {
    std::uint32_t revision = 1;
    std::error_code error;
    while (fs::is_regular_file(frozen_plan(run_dir, revision + 1), error)) ++revision;
    return revision;
}

}  // namespace

Result<SubmissionPlan> load_plan(const std::string& dir) {
    const auto full = absolute_path(dir);
    const auto text = read_file(frozen_plan(full, newest_revision(full)));
    if (!text) {
        return unknown_run(fmt::format("'{}' is not the directory of a run: {}", dir, text.error().message),
                           "");
    }
    return plan_from_json(*text);
}

Result<Run> load_run(const std::string& dir) {
    Run run;
    run.dir = absolute_path(dir);
    auto plan = load_plan(dir);
    if (!plan) return Unexpected{std::move(plan.error())};
    run.plan = std::move(*plan);
    if (auto read = reload_state(run); !read) return Unexpected{std::move(read.error())};
    return run;
}

std::string frozen_plan(const std::string& run_dir, std::uint32_t revision) {
    return fmt::format("{}/plan{}.json", run_dir, numbered(revision));
}

std::string frozen_copy(const std::string& run_dir, std::uint32_t revision, const std::string& part) {
    const auto number = numbered(revision);
    if (part.empty()) return fmt::format("{}/workflow{}.toml", run_dir, number);
    std::string name;  // in one folder, however far the files are apart
    for (const char c : part) {
        if (c == '/' || c == '%')
            name += c == '/' ? "%2F" : "%25";
        else
            name += c;
    }
    constexpr std::size_t k_longest = 200;  // bytes; a file system takes 255
    if (name.size() > k_longest) name.erase(0, name.size() - k_longest);
    return fmt::format("{}/workflow{}.d/{}", run_dir, number, name);
}

Result<void> reload_state(Run& run) {
    const bool locked = is_run_locked(run.dir);  // before the state is read: see run.hpp
    auto decoded = read_state(run.dir);
    if (!decoded) return Unexpected{std::move(decoded.error())};
    // After the state: what that says of a revision stands in a plan that is there.
    if (newest_revision(run.dir) > run.plan.revision) {
        auto plan = load_plan(run.dir);
        if (!plan) return Unexpected{std::move(plan.error())};
        run.plan = std::move(*plan);
    }
    run.locked = locked;
    run.records = std::move(decoded->records);
    run.damage = std::move(decoded->damage);
    run.state = replay(run.plan, run.records);
    return {};
}

std::string unescaped_part(std::string name) {
    for (const auto& [code, text] : {std::pair{"%2F", "/"}, std::pair{"%25", "%"}}) {
        for (auto at = name.find(code); at != std::string::npos; at = name.find(code, at + 1))
            name.replace(at, 3, text);
    }
    return name;
}

std::vector<std::string> runs_in(const std::string& folder) {
    std::vector<Found> found;
    collect(folder, found);
    return newest_first(std::move(found));
}

std::vector<std::string> runs_below(const std::string& folder) {
    std::vector<Found> found;
    std::vector<std::pair<fs::path, std::size_t>> todo = {{fs::path(folder), 0}};
    std::size_t visited = 0;
    while (!todo.empty() && visited < k_max_folders) {
        const auto [current, depth] = std::move(todo.back());
        todo.pop_back();
        ++visited;
        if (current.filename() == ".sbraid") {
            collect(current, found);
            continue;
        }
        collect(current / ".sbraid", found);
        if (depth == k_max_depth) continue;
        std::error_code error;
        fs::directory_iterator it(current, fs::directory_options::skip_permission_denied, error);
        for (const fs::directory_iterator end; !error && it != end; it.increment(error)) {
            std::error_code ignored;  // what cannot be looked at is not entered
            const auto name = it->path().filename().string();
            if (!name.starts_with(".") && it->symlink_status(ignored).type() == fs::file_type::directory) {
                todo.emplace_back(it->path(), depth + 1);
            }
        }
    }
    return newest_first(std::move(found));
}

Result<std::string> find_run(const App& app, const std::optional<std::string>& named) {
    if (named) {
        if (is_run_directory(*named)) return absolute_path(*named);
        if (named->find('/') != std::string::npos) {
            std::error_code none;
            return unknown_run(
                fmt::format("'{}' is not the directory of a run", *named),
                fs::is_directory(*named, none)
                    ? fmt::format("'sbraid list {}' shows the runs below it", shell_quote(*named))
                    : "'sbraid list' shows the runs below the current directory");
        }
        return find_by_prefix(*named);
    }
    if (const auto dir = app.environment.get("SBRAID_RUN_DIR"); dir && !dir->empty()) {
        if (is_run_directory(*dir)) return absolute_path(*dir);
        return unknown_run(fmt::format("SBRAID_RUN_DIR is '{}', which is not the directory of a run", *dir),
                           "");
    }
    const auto runs = runs_below(".");
    if (runs.empty()) {
        return unknown_run("there is no run below the current directory",
                           "name one with its directory, or submit one: 'sbraid submit FILE'");
    }
    return absolute_path(runs.front());
}

Result<Run> open_run(const App& app, const std::optional<std::string>& named) {
    const auto dir = find_run(app, named);
    if (!dir) return Unexpected{dir.error()};
    auto run = load_run(*dir);
    if (run) {
        for (const auto& damage : run->damage) {
            app.say_more(fmt::format("{}:{}: {}", damage.file, damage.line, damage.what));
        }
    }
    return run;
}

Result<std::vector<NamedJob>> find_tasks(const SubmissionPlan& plan, std::string_view text) {
    auto named = tasks_named(plan, text);
    if (!named && named.error().hint.empty())
        named.error().hint =
            fmt::format("'sbraid status {}' shows the tasks", run_operand(plan.run, plan.run_dir));
    return named;
}

std::string run_operand(const Run& run) {
    return run_operand(run.id(), run.dir);
}

std::string run_operand(const std::string& id, const std::string& dir) {
    const auto shown = display_path(dir);
    std::vector<std::string> folders;
    for (const auto& part : fs::path(shown).parent_path()) folders.push_back(part.string());
    const bool is_found = !folders.empty() && folders.back() == ".sbraid" &&
                          folders.size() - 1 <= k_max_depth &&
                          std::none_of(folders.begin(), folders.end() - 1,
                                       [](const std::string& name) { return name.starts_with("."); });
    return is_found && fs::path(shown).is_relative() ? id : shell_quote(shown);
}

std::string display_path(const std::string& path) {
    std::error_code error;
    const auto here = fs::current_path(error);
    if (error) return path;
    auto relative = fs::path(path).lexically_relative(here).string();
    if (relative.empty() || relative.starts_with("..")) return path;
    return relative;
}

}  // namespace sbraid

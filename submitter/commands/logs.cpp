#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "commands/commands.hpp"
#include "connection.hpp"
#include "io/unique_fd.hpp"
#include "json.hpp"
#include "log_file.hpp"
#include "refresh.hpp"
#include "run.hpp"
#include "waiting.hpp"

// The files are found from the plan's patterns and the job ids: no file of ours names them. With -f a file is
// read on until its job has ended and a last look has found nothing more.

namespace sbraid {

namespace {

struct Log {
    std::string task;
    std::optional<std::string> element;  ///< as people know it
    std::string path;
    JobState state = JobState::unsubmitted;
    bool final = false;

    [[nodiscard]] std::string name() const { return element ? fmt::format("{}[{}]", task, *element) : task; }
};

std::vector<Log> find_logs(const Run& run, const std::vector<NamedJob>& named) {
    const auto user = run.state.created ? run.state.created->user : std::string{};
    std::vector<Log> logs;
    for (const auto& one : named) {
        const auto& job = run.plan.jobs.at(one.job.value);
        for (const auto& element : run.state.jobs.at(one.job.value).elements) {
            if (!one.has(element.element)) continue;
            logs.push_back({.task = job.task,
                            .element = element.element ? std::optional(job.element_name(*element.element))
                                                       : std::nullopt,
                            .path = log_path(job, element, user),
                            .state = element.status.state,
                            .final = element.final});
        }
    }
    return logs;
}

/// The tasks that the user names, or the job that tells the webhook, by its whole name.
Result<std::vector<NamedJob>> named_jobs(const SubmissionPlan& plan, const std::string& operand) {
    for (std::uint32_t i = 0; i < plan.jobs.size(); ++i) {
        if (plan.jobs[i].role == JobRole::notifier && plan.jobs[i].task == operand)
            return std::vector<NamedJob>{{JobIndex{i}, {}}};
    }
    return find_tasks(plan, operand);
}

bool exists(const std::string& path) {
    std::error_code error;
    return std::filesystem::exists(path, error);
}

/// Copies what there is from `fd` to stdout. False when stdout takes no more.
bool copy(const App& app, int fd) {
    std::array<char, 65536> buffer{};
    while (true) {
        const auto count = ::read(fd, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return true;
        if (!app.answer({buffer.data(), static_cast<std::size_t>(count)})) return false;
    }
}

UniqueFd open_log(const std::string& path) {
    return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
}

Failure no_log(const Log& log) {
    return Error{
        .message = log.final ? fmt::format("'{}' has no log: it is {}", log.name(), to_string(log.state))
                             : fmt::format("'{}' has no log yet: it is {}", log.name(), to_string(log.state)),
        .hint = fmt::format("its place is '{}'", log.path)};
}

Outcome follow(const App& app, Run& run, Backend& backend, const std::vector<NamedJob>& named) {
    constexpr std::chrono::milliseconds k_look{500};
    constexpr std::chrono::seconds k_ask{10};
    auto log = find_logs(run, named).front();
    UniqueFd fd;
    auto asked = app.clock.now();
    std::string said;
    while (true) {
        const bool ended = log.final;  // known before the last look
        if (!fd) fd = open_log(log.path);
        if (fd) {
            rewind_if_cut(fd.get());
            if (!copy(app, fd.get())) return 0;
        } else if (ended) {
            return fail(no_log(log));
        } else if (const auto text = std::string(to_string(log.state)); text != said) {
            app.say(fmt::format("'{}' is {}; waiting for its log", log.name(), text));
            said = text;
        }
        if (ended) return 0;
        app.clock.sleep(k_look, nullptr);
        if (app.clock.now() - asked < k_ask) continue;
        asked = app.clock.now();
        reread(app, run);  // resume may have submitted it anew
        refresh(app, run, backend, nullptr);
        const auto before = log.path;
        log = find_logs(run, named).front();
        if (log.path != before) fd.reset();
    }
}

void write_json(const App& app, const Run& run, const std::vector<Log>& logs) {
    Json document;
    document["schema"] = "sbraid.logs/1";
    document["run"] = run.id();
    document["logs"] = Json::array();
    for (const auto& log : logs) {
        Json one;
        one["task"] = log.task;
        one["element"] = log.element ? Json(*log.element) : Json(nullptr);
        one["path"] = log.path;
        one["exists"] = exists(log.path);
        document["logs"].push_back(std::move(one));
    }
    app.answer(dump(document));
}

Outcome show(const App& app, const std::vector<Log>& logs) {
    std::size_t shown = 0;
    for (const auto& log : logs) {
        const auto fd = open_log(log.path);
        if (!fd) continue;
        if (logs.size() > 1)
            app.answer(fmt::format("{}==> {}: {} <==\n", shown > 0 ? "\n" : "", log.name(), log.path));
        ++shown;
        if (!copy(app, fd.get())) return 0;
    }
    if (shown == 0) return fail(no_log(logs.front()));
    return 0;
}

Outcome run_logs(App& app, const Options& options) {
    const auto preferences = read_preferences(app, options, WrongFiles::are_warnings);
    if (!preferences) return fail(preferences.error());
    auto run = open_run(app, options.value("run"));
    if (!run) return fail(run.error());
    const auto named = named_jobs(run->plan, options.operands().front());
    if (!named) return fail(named.error());
    const auto backend = connect(app, *run, *preferences);
    const CallReport calls(app, *backend);
    refresh(app, *run, *backend, nullptr);
    const auto logs = find_logs(*run, *named);
    if (app.json) {
        write_json(app, *run, logs);
        return 0;
    }
    if (options.has("parsable2")) {
        TextTable table{.columns = columns({"task", "element", "path", "exists"}), .rows = {}};
        for (const auto& log : logs) {
            table.rows.push_back(
                {log.task, log.element.value_or(""), log.path, exists(log.path) ? "true" : "false"});
        }
        app.answer(render_parsable(table, !options.has("noheader")));
        return 0;
    }
    if (!options.has("follow")) return show(app, logs);
    if (logs.size() > 1) {
        return fail(Error{.kind = ErrorKind::usage,
                          .message = fmt::format("task '{}' has {} elements; -f follows one",
                                                 logs.front().task, logs.size()),
                          .hint = fmt::format("'sbraid logs -f {}'", logs.front().name())});
    }
    return follow(app, *run, *backend, *named);
}

}  // namespace

const Subcommand& logs_command() {
    static const Subcommand command{
        .spec = {.name = "logs",
                 .summary = "what a task wrote",
                 .operands = "TASK[ELEMENT]",
                 .min_operands = 1,
                 .max_operands = 1,
                 .description = "Without an element, the logs of all elements one after another.",
                 .examples = {{"sbraid logs train", "of the newest run here"},
                              {"sbraid logs -f 'train[3]'", "go on until it has ended"},
                              {"sbraid logs 'train[lr=1e-4]'", "all elements with this value"},
                              {"sbraid logs prep/train", "of a task of a sub-workflow"},
                              {"sbraid logs -P train", "only the places of the files"}},
                 .options = {{"follow", 'f', "", "go on as the log grows, until the job has ended", "What"},
                             run_option(),
                             json_option(),
                             parsable_option(),
                             noheader_option()}},
        .run = run_logs};
    return command;
}

}  // namespace sbraid

#include "backend/sbatch.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <set>
#include <tuple>

#include "backend/classify.hpp"
#include "backend/client.hpp"
#include "sbraid/batch_script.hpp"
#include "sbraid/clocks.hpp"

// One squeue of all the user's jobs answers both find() and query(): with a list of ids squeue would ask for
// the jobs of everybody and throw most of them away, with --user the controller sends the user's alone. A
// site may rewrite comments: the submit line of what has no token there is asked for in the accounting. Lists
// of ids go out in batches far below the limit of one argument (128 KiB).

namespace sbraid {

namespace {

constexpr std::size_t k_batch = 1000;
/// After a signal to us: what changes something may come to its end, what only asks need not.
constexpr std::chrono::seconds k_last_words{3};
constexpr std::chrono::seconds k_before_saying_so{3};

Unexpected slurm_error(std::string_view program, const ProcessResult& result) {
    return Unexpected{Error{.kind = ErrorKind::slurm, .message = words_of(program, result)}};
}

std::string join(std::span<const JobId> ids) {
    std::vector<std::uint32_t> numbers;
    numbers.reserve(ids.size());
    for (const auto id : ids) numbers.push_back(id.value);
    return fmt::format("{}", fmt::join(numbers, ","));
}

/// From the run's id, whose last parts are `yyyymmddThhmmss` (UTC) and a number; 1970 where it is none.
Timestamp made_at(const std::string& run) {
    constexpr std::size_t k_behind = std::string_view("yyyymmddThhmmss-xxxxxx").size();
    std::tm time{};
    if (!is_run_id(run) || ::strptime(&run[run.size() - k_behind], "%Y%m%dT%H%M%S", &time) == nullptr)
        return {};
    return Timestamp{std::chrono::seconds{::timegm(&time)}};
}

/// The first entry of a name wins, and ours may be set: submit may run inside a job of another run.
void set_variable(std::vector<std::string>& environment, std::string_view name, std::string_view value) {
    std::erase_if(environment, [prefix = fmt::format("{}=", name)](const std::string& entry) {
        return entry.starts_with(prefix);
    });
    environment.push_back(fmt::format("{}={}", name, value));
}

/// The first words that are no complaint about a job that is gone; a batch is judged by them.
Result<void> judge(std::string_view program, const ProcessResult& result) {
    if (result.ok()) return {};
    if (result.end == ProcessResult::End::exited && only_about_gone_jobs(words_of(program, result)))
        return {};
    return slurm_error(program, result);
}

}  // namespace

SbatchBackend::SbatchBackend(Settings settings)
    : settings_(std::move(settings)), trouble_(client_trouble(settings_.environment)) {
    for (const auto& [name, value] : k_query_environment) {
        settings_.environment.push_back(fmt::format("{}={}", name, value));
    }
}

ProcessRequest SbatchBackend::request(std::vector<std::string> argv, std::chrono::seconds timeout) {
    ++calls_[argv.front()];
    if (settings_.trace) settings_.trace(fmt::format("{}", fmt::join(argv, " ")));
    if (!settings_.cluster.empty() && argv.front() != "sbatch") {
        argv.insert(argv.begin() + 1, "--clusters=" + settings_.cluster);
    }
    const auto program = argv.front();
    const bool changes = program == "sbatch" || program == "scancel" || program == "scontrol";
    ProcessRequest made{.argv = std::move(argv),
                        .environment = settings_.environment,
                        .input = {},
                        .timeout = timeout,
                        .inherit_fd = changes ? settings_.inherit_fd : -1};
    if (changes) made.last_words = k_last_words;
    if (settings_.bounds != nullptr) {
        made.interrupts = settings_.bounds->interrupts;
        if (const auto end = settings_.bounds->end) {
            const auto left =
                std::chrono::ceil<std::chrono::milliseconds>(*end - std::chrono::steady_clock::now());
            made.timeout =
                std::min(made.timeout, std::max<std::chrono::milliseconds>(left, k_least_call_time));
        }
    }
    if (settings_.slow) {
        made.patience = k_before_saying_so;
        made.on_silence = [this, program] {
            if (!said_slow_) settings_.slow(program);
            said_slow_ = true;
        };
    }
    return made;
}

ProcessResult SbatchBackend::call(std::vector<std::string> argv) {
    said_slow_ = false;
    if (!trouble_.empty())
        return {.end = ProcessResult::End::exited, .status = 1, .out = {}, .err = trouble_};
    return run_process(request(std::move(argv), settings_.call_timeout));
}

std::vector<std::string> SbatchBackend::environment_of(const SubmitRequest& wanted) const {
    auto environment = settings_.environment;
    for (const auto& [name, value] : job_environment(*wanted.plan, *wanted.job)) {
        set_variable(environment, name, value);
    }
    return environment;
}

void SbatchBackend::submit(std::span<const SubmitRequest> requests,
                           const std::function<bool(std::size_t, SubmitOutcome)>& done) {
    said_slow_ = false;
    if (!trouble_.empty() && !requests.empty()) {
        std::ignore = done(0, Unavailable{.message = trouble_});  // nothing else would follow
        return;
    }
    const auto make = [&](std::size_t i) {
        const auto& wanted = requests[i];
        std::vector<std::string> argv = {"sbatch"};
        auto arguments = sbatch_arguments(*wanted.plan, *wanted.job, wanted.how);
        argv.insert(argv.end(), std::make_move_iterator(arguments.begin()),
                    std::make_move_iterator(arguments.end()));
        auto process = request(std::move(argv), settings_.submit_timeout);
        process.environment = environment_of(wanted);
        process.input = batch_script(*wanted.plan, *wanted.job);
        return process;
    };
    run_processes(
        requests.size(), settings_.connections, make,
        [&](std::size_t i, const ProcessResult& result) { return done(i, classify_sbatch(result)); });
}

Result<std::vector<JobStatus>> SbatchBackend::queue() {
    std::vector<std::string> argv = {"squeue", "--user=" + settings_.user};
    for (auto& argument : squeue_arguments()) argv.push_back(std::move(argument));
    const auto result = call(std::move(argv));
    if (!result.ok()) return slurm_error("squeue", result);
    return parse_squeue(result.out);
}

Result<std::vector<FoundJob>> SbatchBackend::find(const std::string& run) {
    auto jobs = queue();
    if (!jobs) return Unexpected{std::move(jobs.error())};
    std::vector<FoundJob> result;
    std::vector<JobStatus> unnamed;
    const auto since = made_at(run) - k_clocks_differ;
    for (auto& status : *jobs) {
        auto token = find_token(status.comment);
        if (token && token->run == run) {
            result.push_back({.token = *std::move(token), .status = std::move(status)});
        } else if (!token && status.submit.value_or(since) >= since) {
            unnamed.push_back(std::move(status));
        }
    }
    // One token that is there shows that the site leaves comments alone.
    if (result.empty() && !unnamed.empty()) return find_by_submit_line(run, std::move(unnamed));
    return result;
}

std::vector<FoundJob> SbatchBackend::find_by_submit_line(const std::string& run,
                                                         std::vector<JobStatus> unnamed) {
    std::set<JobId> ids;
    for (const auto& status : unnamed) ids.insert(status.key.job);
    const auto rows = account(std::vector<JobId>(ids.begin(), ids.end()), made_at(run));
    if (!rows || !*rows) return {};  // most likely they are none of ours
    std::vector<FoundJob> result;
    std::map<JobId, Token> tokens;
    for (const auto& row : **rows) {
        auto token = find_token(row.submit_line);
        if (token && token->run == run) tokens.insert_or_assign(row.status.key.job, *std::move(token));
    }
    for (auto& status : unnamed) {
        const auto found = tokens.find(status.key.job);
        if (found != tokens.end()) result.push_back({.token = found->second, .status = std::move(status)});
    }
    return result;
}

Result<std::vector<JobStatus>> SbatchBackend::query(std::span<const JobId> jobs) {
    if (jobs.empty()) return std::vector<JobStatus>{};
    auto result = queue();
    if (!result) return result;
    const std::set<JobId> wanted(jobs.begin(), jobs.end());
    std::erase_if(*result, [&](const JobStatus& status) {
        if (!wanted.contains(status.key.job)) return true;
        // Ids come round again. A comment without any token is ours all the same: a site may rewrite it.
        const auto token = settings_.run.empty() ? std::nullopt : find_token(status.comment);
        return token && token->run != settings_.run;
    });
    return result;
}

Result<std::vector<JobStatus>> SbatchBackend::look_up(std::span<const JobId> jobs) {
    std::vector<JobStatus> statuses;
    for (std::size_t first = 0; first < jobs.size(); first += k_batch) {
        std::vector<std::string> argv = {
            "squeue", "--jobs=" + join(jobs.subspan(first, std::min(k_batch, jobs.size() - first)))};
        for (auto& argument : squeue_arguments()) argv.push_back(std::move(argument));
        const auto result = call(std::move(argv));
        // Asked for a single job that it does not know, squeue fails; of several it leaves such out.
        if (auto done = judge("squeue", result); !done) return Unexpected{std::move(done.error())};
        if (!result.ok()) continue;
        auto parsed = parse_squeue(result.out);
        if (!parsed) return parsed;
        statuses.insert(statuses.end(), std::make_move_iterator(parsed->begin()),
                        std::make_move_iterator(parsed->end()));
    }
    return statuses;
}

Result<std::optional<std::vector<SacctRow>>> SbatchBackend::account(std::span<const JobId> jobs,
                                                                    Timestamp since) {
    std::vector<SacctRow> rows;
    // A minute of grace: slurmctld's clock is another machine's.
    const auto start = std::chrono::floor<std::chrono::seconds>(since).time_since_epoch().count() - 60;
    for (std::size_t first = 0; first < jobs.size(); first += k_batch) {
        const auto batch = jobs.subspan(first, std::min(k_batch, jobs.size() - first));
        std::vector<std::string> argv = {"sacct", fmt::format("--starttime=uts{}", start),
                                         "--jobs=" + join(batch)};
        for (auto& argument : sacct_arguments()) argv.push_back(std::move(argument));
        const auto result = call(std::move(argv));
        if (!result.ok()) {
            if (result.err.find("accounting storage is disabled") != std::string::npos) return std::nullopt;
            return slurm_error("sacct", result);
        }
        auto parsed = parse_sacct(result.out);
        if (!parsed) return Unexpected{std::move(parsed.error())};
        rows.insert(rows.end(), std::make_move_iterator(parsed->begin()),
                    std::make_move_iterator(parsed->end()));
    }
    return rows;
}

Result<void> SbatchBackend::cancel(std::span<const JobKey> keys) {
    for (std::size_t first = 0; first < keys.size(); first += k_batch) {
        std::vector<std::string> argv = {"scancel"};
        for (const auto& key : keys.subspan(first, std::min(k_batch, keys.size() - first))) {
            argv.push_back(to_string(key));
        }
        if (auto done = judge("scancel", call(std::move(argv))); !done) return done;
    }
    return {};
}

Result<void> SbatchBackend::release(std::span<const ReleaseRequest> requests) {
    std::vector<JobId> ids;
    ids.reserve(requests.size());
    for (const auto& wanted : requests) ids.push_back(wanted.id);
    const std::span<const JobId> all(ids);
    for (std::size_t first = 0; first < all.size(); first += k_batch) {
        const auto batch = all.subspan(first, std::min(k_batch, all.size() - first));
        if (auto done = judge("scontrol", call({"scontrol", "release", join(batch)})); !done) return done;
    }
    set_priorities(requests);
    return {};
}

void SbatchBackend::set_priorities(std::span<const ReleaseRequest> requests) {
    // A held job has lost its priority, and only an operator may set one above Slurm's own.
    for (const auto& wanted : requests) {
        if (wanted.priority.empty()) continue;
        const auto result = call(
            {"scontrol", "update", fmt::format("JobId={}", wanted.id.value), "Priority=" + wanted.priority});
        const bool runs_already = result.err.find("no longer pending") != std::string::npos;
        if (runs_already || judge("scontrol", result) || !settings_.warn) continue;
        settings_.warn(fmt::format("job {} is released, but without its priority {}: {}", wanted.id.value,
                                   wanted.priority, words_of("scontrol", result)));
    }
}

Result<std::map<std::string, std::string>> SbatchBackend::config() {
    const auto result = call({"scontrol", "show", "config"});
    if (!result.ok()) return slurm_error("scontrol", result);
    std::map<std::string, std::string> values;
    std::string_view rest = result.out;
    while (!rest.empty()) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        const auto equals = line.find('=');
        if (equals == std::string_view::npos) continue;
        const auto trim = [](std::string_view text) {
            const auto begin = text.find_first_not_of(' ');
            if (begin == std::string_view::npos) return std::string{};
            return std::string(text.substr(begin, text.find_last_not_of(' ') - begin + 1));
        };
        values.emplace(trim(line.substr(0, equals)), trim(line.substr(equals + 1)));
    }
    return values;
}

}  // namespace sbraid

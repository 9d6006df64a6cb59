#include "backend/classify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <system_error>

// The texts are those of slurm_errno.c and of the commands' own messages, 22.05 to 26.05, compared without
// case. After a send or receive failure, or a time-out, the request may have been taken all the same.

namespace sbraid {

namespace {

constexpr std::array<std::string_view, 8> k_unclear = {
    "socket timed out on send/recv",  //
    "unable to contact slurm controller (receive failure)",
    "unable to contact slurm controller (send failure)",
    "unable to contact slurm controller (shutdown failure)",
    "zero bytes were transmitted or received",
    "unexpected message received",
    "connection reset by peer",
    "header lengths are longer than data received",
};
// What an administrator or the user's shell has to mend, on this machine; no file of ours has a part in it.
constexpr std::array<std::string_view, 9> k_unavailable = {
    "unable to process configuration file",
    "could not establish a configuration source",
    "protocol authentication error",
    "invalid authentication credential",
    "cannot create auth context",
    "cannot find auth plugin",
    "incompatible versions of client and server code",
    "incompatible plugin version",
    "error while loading shared libraries",
};
constexpr std::array<std::string_view, 13> k_busy = {
    "unable to contact slurm controller",  //
    "slurm backup controller in standby mode",
    "connection refused",
    "connection timed out",
    "rpc limit exceeded",
    "rate limit",
    "resource temporarily unavailable",
    "cannot allocate memory",
    "too many open files",
    "job creation temporarily disabled",
    "slurm controller is busy",
    "munge encode failed",
    "problem talking to the database",  // sacct's, of slurmdbd
};

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lower;
}

template <std::size_t N>
bool contains_any(std::string_view message, const std::array<std::string_view, N>& texts) {
    const auto lower = lower_case(message);
    return std::any_of(texts.begin(), texts.end(),
                       [&](std::string_view text) { return lower.find(text) != std::string::npos; });
}

/// `id[;cluster]` on the first line.
std::optional<Submitted> parse_parsable(std::string_view out) {
    const auto line = out.substr(0, out.find('\n'));
    if (line.size() == out.size()) return std::nullopt;  // no newline: a torn answer
    const auto semicolon = line.find(';');
    const auto number = line.substr(0, semicolon);
    std::uint32_t id = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), id);
    if (error != std::errc{} || end != number.data() + number.size() || id == 0) return std::nullopt;
    return Submitted{
        .id = JobId{id},
        .cluster = semicolon == std::string_view::npos ? "" : std::string(line.substr(semicolon + 1))};
}

}  // namespace

SubmitOutcome classify_sbatch(const ProcessResult& result) {
    if (result.end == ProcessResult::End::not_started) {
        const bool is_short_of_something = result.status == EAGAIN || result.status == ENOMEM ||
                                           result.status == EMFILE || result.status == ENFILE;
        if (is_short_of_something) return Busy{.message = words_of("sbatch", result)};
        return Unavailable{.message = words_of("sbatch", result)};
    }
    // A job id is a job, however the call ended.
    if (auto submitted = parse_parsable(result.out)) return *submitted;
    auto words = words_of("sbatch", result);
    if (result.end != ProcessResult::End::exited || result.status == 0) return Unclear{.message = words};
    return classify_words(std::move(words));
}

SubmitOutcome classify_words(std::string words) {
    // Its words may well say "temporarily": what is full stays full while our own jobs are held.
    if (!submit_limit(words).empty()) return Refused{.message = words};
    if (contains_any(words, k_unclear)) return Unclear{.message = words};
    if (contains_any(words, k_busy)) return Busy{.message = words};
    if (contains_any(words, k_unavailable)) return Unavailable{.message = words};
    return Refused{.message = words};
}

std::string submit_limit(std::string_view message) {
    // sbatch's own words for the EAGAIN of slurmctld (job_mgr.c) when MaxJobCount is reached, and for a full
    // job table; it has tried 15 times itself by then.
    constexpr std::array<std::string_view, 2> k_table_full = {"slurm temporarily unable to accept job",
                                                              "slurm job queue full"};
    if (contains_any(message, k_table_full)) return "MaxJobCount";
    // Reasons of the accounting: AssocMaxSubmitJobLimit, QOSGrpSubmitJobsLimit,
    // QOSMaxSubmitJobPerUserLimit...
    const auto at = lower_case(message).find("submitjob");
    if (at == std::string::npos) return {};
    const auto is_letter = [&](std::size_t i) {
        return std::isalpha(static_cast<unsigned char>(message[i])) != 0;
    };
    auto begin = at;
    auto end = at;
    while (begin > 0 && is_letter(begin - 1)) --begin;
    while (end < message.size() && is_letter(end)) ++end;
    return std::string(message.substr(begin, end - begin));
}

bool is_temporary(std::string_view message) {
    return contains_any(message, k_unclear) || contains_any(message, k_busy) ||
           message.find("gave no answer within its time limit") != std::string_view::npos;
}

bool only_about_gone_jobs(std::string_view words) {
    while (!words.empty()) {
        const auto line = words.substr(0, words.find('\n'));
        words.remove_prefix(std::min(words.size(), line.size() + 1));
        const bool harmless = line.find("Invalid job id") != std::string_view::npos ||
                              line.find("already completing or completed") != std::string_view::npos ||
                              line.find("Job has already finished") != std::string_view::npos;
        if (!line.empty() && !harmless) return false;
    }
    return true;
}

std::string words_of(std::string_view program, const ProcessResult& result) {
    std::string words = result.err;
    while (!words.empty() && std::isspace(static_cast<unsigned char>(words.back())) != 0) words.pop_back();
    switch (result.end) {
        case ProcessResult::End::exited:
            if (words.empty()) words = fmt::format("{} exited with code {}", program, result.status);
            break;
        case ProcessResult::End::signalled:
            words += fmt::format("{}{} was killed by signal {}", words.empty() ? "" : "\n", program,
                                 result.status);
            break;
        case ProcessResult::End::timed_out:
            words +=
                fmt::format("{}{} gave no answer within its time limit", words.empty() ? "" : "\n", program);
            break;
        case ProcessResult::End::interrupted:
            words += fmt::format("{}{} was ended before it answered", words.empty() ? "" : "\n", program);
            break;
        case ProcessResult::End::not_started:
            words = result.status == ENOENT ? fmt::format("there is no {} in PATH", program)
                                            : fmt::format("cannot start {}: {}", program,
                                                          std::generic_category().message(result.status));
            break;
    }
    return words;
}

}  // namespace sbraid

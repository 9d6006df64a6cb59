// A record is `count - 1` fields that end with the separator and a last one that ends with the line. Newlines
// before the last field belong to the text of a field (a comment, a submit line).

#include "slurm_fields.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "sbraid/array_spec.hpp"

namespace sbraid::slurm_fields {

std::vector<std::vector<std::string_view>> split_records(std::string_view output, std::size_t count) {
    std::vector<std::vector<std::string_view>> records;
    while (!output.empty()) {
        std::vector<std::string_view> record;
        record.reserve(count);
        while (!output.empty() && record.size() < count) {
            const char end = record.size() + 1 == count ? '\n' : k_separator;
            const auto length = std::min(output.find(end), output.size());
            record.push_back(output.substr(0, length));
            output.remove_prefix(std::min(length + 1, output.size()));
        }
        records.push_back(std::move(record));
    }
    return records;
}

std::optional<std::int64_t> to_integer(std::string_view text) {
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || text.front() == '-' || error != std::errc{} || stop != end) return std::nullopt;
    return value;
}

std::optional<Timestamp> to_time(std::string_view text) {
    constexpr std::int64_t k_latest = 253'402'300'799;  // the last second of the year 9999
    const auto seconds = to_integer(text);
    if (!seconds || *seconds == 0 || *seconds > k_latest) return std::nullopt;
    return Timestamp{std::chrono::seconds{*seconds}};
}

std::string_view or_nothing(std::string_view text) {
    if (text == "(null)" || text == "None" || text == "None assigned" || text == "N/A") return {};
    return text;
}

std::vector<JobKey> expand_key(std::string_view text) {
    const auto bracket = text.find("_[");
    if (bracket == std::string_view::npos || !text.ends_with(']')) {
        const auto key = parse_job_key(text.substr(0, text.find('+')));
        return key ? std::vector<JobKey>{*key} : std::vector<JobKey>{};
    }
    const auto job = parse_job_key(text.substr(0, bracket));
    const auto indexes = parse_array_spec(text.substr(bracket + 2, text.size() - bracket - 3));
    std::vector<JobKey> keys;
    if (!job || job->element || !indexes) return keys;
    for (const auto index : indexes->indexes()) keys.push_back(JobKey{job->job, index});
    return keys;
}

void set_exit(JobStatus& status, std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return;
    const auto code = to_integer(text.substr(0, colon));
    const auto signal = to_integer(text.substr(colon + 1));
    if (!code || !signal) return;
    // Beyond 64 it is one of Slurm's own: 125 is its SIG_OOM (253) cut to seven bits.
    if (*signal > 0 && *signal <= 64) status.signal = static_cast<int>(*signal);
    if (*signal == 0 || *code != 0) status.exit_code = static_cast<int>(*code);
}

void keep_facts(JobStatus& status) {
    const JobState state = status.state;
    if (state == JobState::pending || state == JobState::requeue_hold || state == JobState::special_exit ||
        state == JobState::resv_del_hold) {
        if (state == JobState::pending) status.forecast = status.start;
        status.start.reset();
    }
    // What ended in the queue gets its end for a start, and no node.
    if (is_terminal(state) && status.nodes.empty() && status.start == status.end) status.start.reset();
    if (!is_terminal(state) && state != JobState::requeued) {
        status.end.reset();
        status.exit_code.reset();
        status.signal.reset();
    }
    // Slurm ended it, or it never ran: the 0 that it shows is nobody's exit code.
    if (status.exit_code == 0 && state != JobState::completed && state != JobState::failed) {
        status.exit_code.reset();
    }
}

Error not_understood(std::string_view program, const std::vector<std::string_view>& record,
                     std::string_view what) {
    std::string shown = fmt::format("{}", fmt::join(record, "|"));
    std::replace(shown.begin(), shown.end(), '\n', ' ');
    if (shown.size() > 200) shown = shown.substr(0, 200) + "...";
    return Error{
        .kind = ErrorKind::slurm,
        .message = fmt::format("{} answered what is not understood ({}): '{}'", program, what, shown)};
}

}  // namespace sbraid::slurm_fields

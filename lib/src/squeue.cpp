// squeue's answer, record by record. Its exit_code is `EXIT:SIGNAL`, as sacct's; up to 22.05 it is the raw
// status of wait(2): signal in the low seven bits, exit code in the next byte.

#include <fmt/format.h>

#include "sbraid/job_state.hpp"
#include "slurm_fields.hpp"

namespace sbraid {

using slurm_fields::expand_key;
using slurm_fields::not_understood;
using slurm_fields::or_nothing;
using slurm_fields::set_exit;
using slurm_fields::to_integer;
using slurm_fields::to_time;

const std::vector<QueryVariable> k_query_environment{{"SLURM_TIME_FORMAT", "%s"}, {"SLURM_BITSTR_LEN", "0"}};

// Reason is last: unlike the comment it holds no newline.
const char* const k_squeue_format =
    "JobArrayID:0\x1f,JobID:0\x1f,Cluster:0\x1f,UserName:0\x1f,State:0\x1f,exit_code:0\x1f,RestartCnt:0\x1f,"
    "SubmitTime:0\x1f,StartTime:0\x1f,EndTime:0\x1f,NodeList:0\x1f,Comment:0\x1f,Reason:0";

std::vector<std::string> squeue_arguments() {
    return {"--noheader", "--states=all", fmt::format("--Format={}", k_squeue_format)};
}

Result<std::vector<JobStatus>> parse_squeue(std::string_view output) {
    enum Field { key, raw, cluster, user, state, exit, restarts, submit, start, end, nodes, comment, reason };
    std::vector<JobStatus> statuses;
    for (const auto& record : slurm_fields::split_records(output, reason + 1)) {
        if (record.size() != reason + 1) {
            return Unexpected{
                not_understood("squeue", record, fmt::format("{} fields for {}", record.size(), reason + 1))};
        }
        const auto keys = expand_key(record[key]);
        if (keys.empty()) return Unexpected{not_understood("squeue", record, "the job id")};
        JobStatus status;
        status.cluster = or_nothing(record[cluster]);
        status.user = record[user];
        status.raw_state = record[state];
        status.state = parse_job_state(record[state]);
        status.restarts = static_cast<std::uint32_t>(to_integer(record[restarts]).value_or(0));
        status.submit = to_time(record[submit]);
        status.start = to_time(record[start]);
        status.end = to_time(record[end]);
        status.nodes = or_nothing(record[nodes]);
        status.comment = or_nothing(record[comment]);
        status.reason = or_nothing(record[reason]);
        set_exit(status, record[exit]);
        if (const auto wait_status = to_integer(record[exit])) {
            const int signal_bits = static_cast<int>(*wait_status & 0x7f);
            if (signal_bits == 0) status.exit_code = static_cast<int>((*wait_status >> 8) & 0xff);
            if (signal_bits > 0 && signal_bits <= 64) status.signal = signal_bits;
        }
        slurm_fields::keep_facts(status);
        // Elements that are still pending together have no id of their own yet.
        if (keys.size() == 1 && record[key].find('[') == std::string_view::npos) {
            status.raw = JobId{static_cast<std::uint32_t>(to_integer(record[raw]).value_or(0))};
        }
        for (const auto& one : keys) {
            status.key = one;
            statuses.push_back(status);
        }
    }
    return statuses;
}

}  // namespace sbraid

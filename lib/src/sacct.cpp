// sacct's answer, record by record. `12_3.batch` is a step of element 3: key before the dot, step behind it.
// Sizes are asked for unrounded (--noconvert); what a memory request means depends on its last letter, which
// Slurm dropped with 21.08: `c` is per CPU, `n` per node.

#include <fmt/format.h>

#include "sbraid/job_state.hpp"
#include "sbraid/tres.hpp"
#include "sbraid/units.hpp"
#include "slurm_fields.hpp"

namespace sbraid {
namespace {

using slurm_fields::expand_key;
using slurm_fields::not_understood;
using slurm_fields::or_nothing;
using slurm_fields::set_exit;
using slurm_fields::to_integer;
using slurm_fields::to_time;

std::optional<std::int64_t> requested_memory(std::string_view text, std::optional<std::int64_t> cpus,
                                             std::optional<std::int64_t> nodes) {
    std::optional<std::int64_t> count = 1;
    if (text.ends_with('c')) count = cpus;
    if (text.ends_with('n')) count = nodes;
    if (text.ends_with('c') || text.ends_with('n')) text.remove_suffix(1);
    // Without a letter the number is in megabytes.
    const auto size = parse_size(text, 1 << 20);
    if (!size || !count || *size == 0) return std::nullopt;
    return *size * *count;
}

std::optional<std::int64_t> memory_of_tres(std::string_view text) {
    const auto tres = parse_tres(text);
    const auto found = tres.find("mem");
    if (found == tres.end() || found->second == 0) return std::nullopt;
    return found->second;
}

}  // namespace

// NodeList is last: it holds no newline, unlike comment, submit line and (perhaps) reason.
const char* const k_sacct_format =
    "JobID,JobIDRaw,Cluster,User,State,ExitCode,Submit,Eligible,Start,End,ElapsedRaw,TotalCPU,AllocCPUS,"
    "ReqCPUS,NNodes,NTasks,ReqMem,MaxRSS,TimelimitRaw,ReqTRES,AllocTRES,TRESUsageInTot,Comment,SubmitLine,"
    "Reason,NodeList";

std::vector<std::string> sacct_arguments() {
    return {"--noheader",
            "--parsable2",
            "--duplicates",
            "--noconvert",
            fmt::format("--delimiter={}", slurm_fields::k_separator),
            fmt::format("--format={}", k_sacct_format)};
}

Result<std::vector<SacctRow>> parse_sacct(std::string_view output) {
    enum Field {
        id,
        raw,
        cluster,
        user,
        state,
        exit,
        submit,
        eligible,
        start,
        end,
        elapsed,
        cpu,
        alloc_cpus,
        req_cpus,
        nodes,
        ranks,
        req_mem,
        max_rss,
        limit,
        req_tres,
        alloc_tres,
        usage,
        comment,
        submit_line,
        reason,
        node_list
    };
    std::vector<SacctRow> rows;
    for (const auto& record : slurm_fields::split_records(output, node_list + 1)) {
        if (record.size() != node_list + 1) {
            return Unexpected{not_understood("sacct", record,
                                             fmt::format("{} fields for {}", record.size(), node_list + 1))};
        }
        const auto dot = record[id].find('.');
        const auto keys = expand_key(record[id].substr(0, dot));
        if (keys.empty()) return Unexpected{not_understood("sacct", record, "the job id")};
        SacctRow row;
        if (dot != std::string_view::npos) row.step = record[id].substr(dot + 1);
        JobStatus& status = row.status;
        status.cluster = record[cluster];
        status.user = record[user];
        status.raw_state = record[state];
        status.state = parse_job_state(record[state]);
        set_exit(status, record[exit]);
        status.submit = to_time(record[submit]);
        status.start = to_time(record[start]);
        status.end = to_time(record[end]);
        status.comment = or_nothing(record[comment]);
        status.reason = or_nothing(record[reason]);
        status.nodes = or_nothing(record[node_list]);
        slurm_fields::keep_facts(status);
        row.eligible = to_time(record[eligible]);
        row.submit_line = record[submit_line];
        row.req_tres = record[req_tres];
        row.alloc_tres = record[alloc_tres];
        row.elapsed_s = to_integer(record[elapsed]);
        row.cpu_time_us = parse_cpu_time_us(record[cpu]);
        row.alloc_cpus = to_integer(record[alloc_cpus]);
        row.req_cpus = to_integer(record[req_cpus]);
        row.node_count = to_integer(record[nodes]);
        row.ranks = to_integer(record[ranks]);
        row.max_rss_bytes = parse_size(record[max_rss]);
        row.total_rss_bytes = memory_of_tres(record[usage]);
        row.req_mem_bytes = memory_of_tres(row.req_tres);
        if (!row.req_mem_bytes) {
            row.req_mem_bytes = requested_memory(record[req_mem], row.req_cpus, row.node_count);
        }
        if (const auto minutes = to_integer(record[limit])) row.time_limit_s = *minutes * 60;
        const auto raw_id = record[raw].substr(0, record[raw].find('.'));
        if (record[id].find('[') == std::string_view::npos) {
            status.raw = JobId{static_cast<std::uint32_t>(to_integer(raw_id).value_or(0))};
        }
        for (const auto& key : keys) {
            status.key = key;
            rows.push_back(row);
        }
    }
    return rows;
}

}  // namespace sbraid

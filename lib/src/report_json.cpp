// The report as `sbraid.report/1`.

#include "json_value.hpp"
#include "sbraid/report.hpp"

namespace sbraid {
namespace {

using json_value::epoch_s;
using json_value::Json;
using json_value::rounded;
using json_value::text_or_null;
using json_value::value_or_null;

std::string_view word(GpuVerdict verdict) {
    switch (verdict) {
        case GpuVerdict::used:
            return "used";
        case GpuVerdict::idle:
            return "idle";
        case GpuVerdict::untouched:
            return "untouched";
        case GpuVerdict::unknown:
            return "unknown";
    }
    return "unknown";
}

/// Said in words beside the numbers, so that nobody takes them for measured.
Json source(bool simulated) {
    return simulated ? Json("simulated GPU") : Json(nullptr);
}

Json gpu_json(const GpuRow& gpu) {
    Json item;
    item["uuid"] = gpu.uuid;
    item["rank"] = value_or_null(gpu.rank);
    item["node"] = text_or_null(gpu.node);
    item["util_mean"] = value_or_null(rounded(gpu.util_mean));
    item["util_max"] = value_or_null(rounded(gpu.util_max));
    item["board_util_mean"] = value_or_null(rounded(gpu.board_util_mean));
    item["mem_max_bytes"] = value_or_null(gpu.mem_max_bytes);
    item["mem_total_bytes"] = value_or_null(gpu.mem_total_bytes);
    item["energy_j"] = value_or_null(rounded(gpu.energy_j));
    item["idle_fraction"] = value_or_null(rounded(gpu.idle_fraction));
    item["longest_idle_s"] = value_or_null(rounded(gpu.longest_idle_s));
    item["processes"] = value_or_null(gpu.processes);
    item["coverage"] = value_or_null(rounded(gpu.coverage));
    item["shared"] = gpu.shared;
    item["verdict"] = word(gpu.verdict);
    item["unknown_because"] = text_or_null(gpu.unknown_because);
    item["gpu_source"] = source(gpu.simulated);
    item["simulated"] = gpu.simulated;
    return item;
}

Json summary_json(const GpuSummary& summary, const std::optional<std::int64_t>& asked) {
    Json item;
    item["asked"] = value_or_null(asked);
    item["seen"] = summary.boards;
    item["known"] = summary.known;
    item["shared"] = summary.shared;
    item["util_mean"] = value_or_null(rounded(summary.util_mean));
    item["util_max"] = value_or_null(rounded(summary.util_max));
    item["mem_max_bytes"] = value_or_null(summary.mem_max_bytes);
    item["energy_j"] = value_or_null(rounded(summary.energy_j));
    item["idle_fraction"] = value_or_null(rounded(summary.idle_fraction));
    item["coverage"] = value_or_null(rounded(summary.coverage));
    item["unknown_because"] = text_or_null(summary.unknown_because);
    return item;
}

Json row_json(const ReportRow& row) {
    Json item;
    item["run"] = row.run;
    item["task"] = row.task;
    item["element"] = value_or_null(row.element);
    item["job_id"] = text_or_null(row.job_id);
    item["state"] = to_string(row.state);
    item["exit_code"] = value_or_null(row.exit_code);
    item["signal"] = value_or_null(row.signal);
    item["attempts"] = row.attempts;
    item["elapsed_s"] = value_or_null(row.elapsed_s);
    item["wait_s"] = value_or_null(row.wait_s);
    item["ineligible_s"] = value_or_null(row.ineligible_s);
    item["cpu"] = Json{{"asked", value_or_null(row.cpus_asked)},
                       {"used_s", value_or_null(rounded(row.cpu_used_s))},
                       {"efficiency", value_or_null(rounded(row.cpu_efficiency))}};
    item["mem"] = Json{{"asked_bytes", value_or_null(row.mem_asked_bytes)},
                       {"max_bytes", value_or_null(row.mem_max_bytes)},
                       {"out_of_memory", row.out_of_memory.has_value()}};
    item["total"] = Json{{"elapsed_s", value_or_null(row.total.elapsed_s)},
                         {"cpu_used_s", value_or_null(rounded(row.total.cpu_used_s))},
                         {"gpu_s", value_or_null(row.total.gpu_s)}};
    item["gpu"] = summary_json(row.gpu.summary, row.gpus_asked);
    Json gpus = Json::array();
    for (const auto& gpu : row.gpu.rows) gpus.push_back(gpu_json(gpu));
    item["gpus"] = std::move(gpus);
    item["gpu_source"] = source(row.gpu.summary.simulated);
    item["simulated"] = row.gpu.summary.simulated;
    item["why"] = text_or_null(row.why);
    item["warnings"] = row.warnings;
    return item;
}

}  // namespace

std::string report_json(const std::vector<RunReport>& runs) {
    Json list = Json::array();
    Json tasks = Json::array();
    for (const auto& run : runs) {
        Json item;
        item["run"] = run.run;
        item["workflow"] = run.workflow;
        item["state"] = to_string(run.phase);
        item["created"] = value_or_null(epoch_s(run.created));
        item["dir"] = run.dir;
        item["accounting"] = run.accounting;
        item["simulated"] = run.simulated;
        list.push_back(std::move(item));
        for (const auto& row : run.rows) tasks.push_back(row_json(row));
    }
    Json document;
    document["schema"] = "sbraid.report/1";
    document["runs"] = std::move(list);
    document["tasks"] = std::move(tasks);
    return json_value::dump(document);
}

}  // namespace sbraid

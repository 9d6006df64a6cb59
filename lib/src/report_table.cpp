// The report for spreadsheets and shell pipelines: flat rows. Numbers are plain (seconds, bytes, joules,
// shares of 1, per cent for utilisation), what is not known is empty.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "json_value.hpp"
#include "sbraid/report.hpp"

namespace sbraid {
namespace {

template <class T>
std::string text(const std::optional<T>& value) {
    return value ? fmt::format("{}", *value) : std::string();
}

std::string number(const std::optional<double>& value) {
    return text(json_value::rounded(value));
}

TextTable with_columns(std::initializer_list<const char*> keys) {
    TextTable table;
    for (const char* key : keys) table.columns.push_back({.key = key, .title = key});
    return table;
}

}  // namespace

TextTable report_table(const std::vector<RunReport>& runs) {
    TextTable table = with_columns({"run",
                                    "task",
                                    "element",
                                    "job_id",
                                    "state",
                                    "exit_code",
                                    "signal",
                                    "attempts",
                                    "elapsed_s",
                                    "wait_s",
                                    "ineligible_s",
                                    "cpu_asked",
                                    "cpu_used_s",
                                    "cpu_efficiency",
                                    "mem_asked_bytes",
                                    "mem_max_bytes",
                                    "gpus_asked",
                                    "gpus_seen",
                                    "gpus_shared",
                                    "gpu_util_mean",
                                    "gpu_util_max",
                                    "gpu_mem_max_bytes",
                                    "gpu_energy_j",
                                    "gpu_idle_fraction",
                                    "gpu_coverage",
                                    "gpu_unknown_because",
                                    "gpu_source",
                                    "warnings",
                                    "total_elapsed_s",
                                    "total_cpu_used_s",
                                    "total_gpu_s"});
    for (const auto& run : runs) {
        for (const auto& row : run.rows) {
            const GpuSummary& gpu = row.gpu.summary;
            table.rows.push_back({row.run,
                                  row.task,
                                  row.element.value_or(""),
                                  row.job_id,
                                  std::string(to_string(row.state)),
                                  text(row.exit_code),
                                  text(row.signal),
                                  std::to_string(row.attempts),
                                  text(row.elapsed_s),
                                  text(row.wait_s),
                                  text(row.ineligible_s),
                                  text(row.cpus_asked),
                                  number(row.cpu_used_s),
                                  number(row.cpu_efficiency),
                                  text(row.mem_asked_bytes),
                                  text(row.mem_max_bytes),
                                  text(row.gpus_asked),
                                  std::to_string(gpu.boards),
                                  std::to_string(gpu.shared),
                                  number(gpu.util_mean),
                                  number(gpu.util_max),
                                  text(gpu.mem_max_bytes),
                                  number(gpu.energy_j),
                                  number(gpu.idle_fraction),
                                  number(gpu.coverage),
                                  gpu.unknown_because,
                                  gpu.simulated ? "simulated GPU" : "",
                                  fmt::format("{}", fmt::join(row.warnings, "; ")),
                                  text(row.total.elapsed_s),
                                  number(row.total.cpu_used_s),
                                  text(row.total.gpu_s)});
        }
    }
    return table;
}

TextTable report_gpu_table(const std::vector<RunReport>& runs) {
    TextTable table = with_columns({"run",
                                    "task",
                                    "element",
                                    "job_id",
                                    "uuid",
                                    "rank",
                                    "node",
                                    "util_mean",
                                    "util_max",
                                    "board_util_mean",
                                    "mem_max_bytes",
                                    "mem_total_bytes",
                                    "energy_j",
                                    "idle_fraction",
                                    "longest_idle_s",
                                    "processes",
                                    "coverage",
                                    "shared",
                                    "unknown_because",
                                    "gpu_source"});
    for (const auto& run : runs) {
        for (const auto& row : run.rows) {
            for (const auto& gpu : row.gpu.rows) {
                table.rows.push_back({row.run,
                                      row.task,
                                      row.element.value_or(""),
                                      row.job_id,
                                      gpu.uuid,
                                      text(gpu.rank),
                                      gpu.node,
                                      number(gpu.util_mean),
                                      number(gpu.util_max),
                                      number(gpu.board_util_mean),
                                      text(gpu.mem_max_bytes),
                                      text(gpu.mem_total_bytes),
                                      number(gpu.energy_j),
                                      number(gpu.idle_fraction),
                                      number(gpu.longest_idle_s),
                                      text(gpu.processes),
                                      number(gpu.coverage),
                                      gpu.shared ? "shared" : "",
                                      gpu.unknown_because,
                                      gpu.simulated ? "simulated GPU" : ""});
            }
        }
    }
    return table;
}

}  // namespace sbraid

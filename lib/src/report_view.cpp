// The report for people. Lines are gathered first (a row of the table, its GPUs, its notes), then the rows
// are aligned as one table and the GPUs as another, over the whole report, so that the eye can go down a
// column; last the three are woven together again.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "replaced.hpp"
#include "report_warnings.hpp"
#include "sbraid/reason.hpp"
#include "sbraid/report.hpp"
#include "sbraid/units.hpp"
#include "state_counts.hpp"
#include "wrap.hpp"

namespace sbraid {
namespace {

constexpr std::size_t k_most_elements = 8;  ///< of a task, one by one

/// One row of the table and what stands below it.
struct Line {
    std::vector<std::string> cells;
    std::vector<const GpuRow*> gpus;
    std::vector<std::string> notes;
};

/// `GPU-1a2b3c4d` for each UUID, when that is enough to tell the boards of this report apart.
std::map<std::string, std::string> short_names(const std::vector<RunReport>& runs) {
    constexpr std::size_t k_short = 12;
    std::set<std::string> uuids, shorts;
    for (const auto& run : runs) {
        for (const auto& row : run.rows) {
            for (const auto& gpu : row.gpu.rows) uuids.insert(gpu.uuid);
        }
    }
    for (const auto& uuid : uuids) shorts.insert(uuid.substr(0, k_short));
    std::map<std::string, std::string> names;
    for (const auto& uuid : uuids) {
        names[uuid] = shorts.size() == uuids.size() ? uuid.substr(0, k_short) : uuid;
    }
    return names;
}

std::string with_short_names(std::string text, const std::map<std::string, std::string>& names) {
    for (const auto& [uuid, name] : names) {
        if (uuid != name && !uuid.empty()) text = replaced(std::move(text), uuid, name);
    }
    return text;
}

std::string duration_text(const std::optional<std::int64_t>& duration) {
    return duration ? format_duration(*duration) : std::string();
}

/// `87% of 8`.
std::string cpu_text(const std::optional<double>& efficiency, const std::optional<std::int64_t>& asked) {
    const std::string of = asked ? fmt::format("of {}", *asked) : std::string();
    if (!efficiency) return of.empty() ? of : "? " + of;
    return fmt::format("{}{}{}", format_percent(*efficiency * 100), of.empty() ? "" : " ", of);
}

/// `71G of 80G`.
std::string memory_text(const std::optional<std::int64_t>& most, const std::optional<std::int64_t>& asked) {
    if (!most && !asked) return {};
    std::string text = most ? format_bytes(*most) : "?";
    if (asked) text += " of " + format_bytes(*asked);
    return text;
}

/// `4 at 87%`, `4 at 87%, 1 unknown, 2 shared`, `2: unknown (mig)`, `1: ?`.
std::string gpu_text(const GpuSummary& summary, std::int64_t count) {
    if (count == 0) return {};
    if (summary.util_mean) {
        const auto known = static_cast<std::int64_t>(summary.known);
        std::string rest = known < count ? fmt::format(", {} unknown", count - known) : std::string();
        if (summary.shared > 0) rest += fmt::format(", {} shared", summary.shared);
        return fmt::format("{} at {}{}", count, format_percent(*summary.util_mean), rest);
    }
    if (!summary.unknown_because.empty())
        return fmt::format("{}: unknown ({})", count, summary.unknown_because);
    return fmt::format("{}: ?", count);
}

std::int64_t gpu_count(const ReportRow& row) {
    return std::max(row.gpus_asked.value_or(0), static_cast<std::int64_t>(row.gpu.summary.boards));
}

std::string exit_text(const ReportRow& row) {
    if (row.signal) return signal_name(*row.signal);
    return row.exit_code ? exit_code_text(*row.exit_code) : std::string();
}

bool never_ran(JobState state) {
    return state == JobState::skipped || state == JobState::unsubmitted || state == JobState::lost;
}

/// What an element that was tried again had in all; empty for others.
std::string total_note(const ReportRow& row) {
    const Totals& total = row.total;
    if (row.attempts < 2 || !total.elapsed_s) return {};
    std::string note = fmt::format("all {} tries: {}", row.attempts, format_duration(*total.elapsed_s));
    if (total.cpu_used_s) note += fmt::format(", CPU {}", format_duration(std::llround(*total.cpu_used_s)));
    if (total.gpu_s && *total.gpu_s > 0)
        note += fmt::format(", {:.2f} GPU hours", static_cast<double>(*total.gpu_s) / 3600);
    return note;
}

/// Why it has no success to show; empty where the columns tell.
std::string why_note(const ReportRow& row) {
    if (never_ran(row.state)) return row.why;
    if (row.state != JobState::failed || row.out_of_memory) return {};
    JobStatus end;
    end.state = row.state;
    end.exit_code = row.exit_code;
    end.signal = row.signal;
    return row.why == end_in_words(end) ? std::string() : row.why;
}

/// Of all the elements that are known to use little, the one that used most: what is said of it holds for
/// all. nullptr when some element used its memory, or for a task without elements.
const ReportRow* little_memory_in_all(const std::vector<const ReportRow*>& rows) {
    const ReportRow* most = nullptr;
    for (const auto* row : rows) {
        if (!row->mem_max_bytes) continue;
        if (!row->little_memory) return nullptr;
        if (most == nullptr || *row->mem_max_bytes > *most->mem_max_bytes) most = row;
    }
    return rows.size() > 1 ? most : nullptr;
}

/// The warnings to show for one row: that of memory may have been said for the whole task.
std::vector<std::string> warnings_of(const ReportRow& row, bool memory_is_said) {
    auto warnings = row.warnings;
    if (memory_is_said && row.little_memory) warnings.pop_back();
    return warnings;
}

Line line_of(const ReportRow& row, bool memory_is_said) {
    Line line;
    line.cells = {row.element ? fmt::format("{}[{}]", row.task, *row.element) : row.task,
                  row.job_id,
                  std::string(to_string(row.state)),
                  exit_text(row),
                  row.attempts == 0 ? std::string() : std::to_string(row.attempts),
                  duration_text(row.wait_s),
                  duration_text(row.elapsed_s),
                  cpu_text(row.cpu_efficiency, row.cpus_asked),
                  memory_text(row.mem_max_bytes, row.mem_asked_bytes),
                  gpu_text(row.gpu.summary, gpu_count(row))};
    for (const auto& gpu : row.gpu.rows) line.gpus.push_back(&gpu);
    if (auto why = why_note(row); !why.empty()) line.notes.push_back(std::move(why));
    if (auto note = total_note(row); !note.empty()) line.notes.push_back(std::move(note));
    for (const auto& warning : warnings_of(row, memory_is_said)) line.notes.push_back("! " + warning);
    return line;
}

template <class Number>
struct Mean {
    double total = 0;
    std::size_t count = 0;
    void add(const std::optional<Number>& value) {
        if (!value) return;
        total += static_cast<double>(*value);
        ++count;
    }
    [[nodiscard]] std::optional<double> get() const {
        return count == 0 ? std::nullopt : std::optional<double>(total / static_cast<double>(count));
    }
};

std::string mean_duration(const Mean<std::int64_t>& mean) {
    const auto value = mean.get();
    return value ? "~" + format_duration(std::llround(*value)) : std::string();
}

/// Many elements as one row: states counted, means of times (marked `~`) and shares, the largest memory.
Line sum_of(const std::vector<const ReportRow*>& rows) {
    std::map<JobState, std::size_t> counts;
    Mean<std::int64_t> wait, elapsed;
    Mean<double> efficiency, gpu_mean;
    std::optional<std::int64_t> most;
    std::int64_t gpus = 0;
    GpuSummary gpu;
    for (const auto* row : rows) {
        ++counts[row->state];
        wait.add(row->wait_s);
        elapsed.add(row->elapsed_s);
        efficiency.add(row->cpu_efficiency);
        gpu_mean.add(row->gpu.summary.util_mean);
        most = std::max(most, row->mem_max_bytes);
        gpus += gpu_count(*row);
        gpu.known += row->gpu.summary.known;
        gpu.shared += row->gpu.summary.shared;
        if (gpu.unknown_because.empty()) gpu.unknown_because = row->gpu.summary.unknown_because;
    }
    gpu.util_mean = gpu_mean.get();
    const ReportRow& first = *rows.front();
    Line line;
    line.cells = {fmt::format("{}[{} elements]", first.task, rows.size()),
                  first.job_id.substr(0, first.job_id.find('_')),
                  counted(counts),
                  {},
                  {},
                  mean_duration(wait),
                  mean_duration(elapsed),
                  cpu_text(efficiency.get(), first.cpus_asked),
                  memory_text(most, first.mem_asked_bytes),
                  gpu_text(gpu, gpus)};
    return line;
}

void add_task(const std::vector<const ReportRow*>& rows, std::vector<Line>& lines) {
    const ReportRow* most = little_memory_in_all(rows);
    const bool said = most != nullptr;
    if (rows.size() <= k_most_elements) {
        for (const auto* row : rows) lines.push_back(line_of(*row, said));
    } else {
        lines.push_back(sum_of(rows));
        const std::size_t sum_at = lines.size() - 1;
        std::size_t shown = 0, left = 0;
        for (const auto* row : rows) {
            if (!is_failure(row->state) && warnings_of(*row, said).empty()) continue;
            if (shown == k_most_elements) {
                ++left;
                continue;
            }
            lines.push_back(line_of(*row, said));
            ++shown;
        }
        if (left > 0) {
            lines[sum_at].notes.push_back(
                fmt::format("! {} more elements failed or have warnings: --json tells them all", left));
        }
    }
    if (said) lines.back().notes.push_back("! no element used more than " + memory_use(*most));
}

std::vector<Line> lines_of(const RunReport& run) {
    std::vector<Line> lines;
    std::vector<const ReportRow*> task;
    for (const auto& row : run.rows) {
        if (!task.empty() && task.front()->task != row.task) {
            add_task(task, lines);
            task.clear();
        }
        task.push_back(&row);
    }
    if (!task.empty()) add_task(task, lines);
    return lines;
}

std::string who_text(const GpuRow& gpu) {
    const std::string who = gpu.rank ? fmt::format("rank {}", *gpu.rank) : "all";
    return gpu.node.empty() ? who : fmt::format("{} on {}", who, gpu.node);
}

/// ` all 80%`: of the whole board, where only the line of a rank stands for it and that says something else.
std::string board_text(const GpuRow& gpu, const std::vector<const GpuRow*>& lines) {
    if (!gpu.rank || !gpu.board_util_mean) return {};
    const bool has_own_line = std::any_of(lines.begin(), lines.end(), [&](const GpuRow* other) {
        return other->uuid == gpu.uuid && !other->rank;
    });
    const std::string mean = format_percent(*gpu.board_util_mean);
    if (has_own_line || (gpu.util_mean && format_percent(*gpu.util_mean) == mean)) return {};
    return " all " + mean;
}

/// `lines`: those of its task.
std::vector<std::string> gpu_cells(const GpuRow& gpu, const std::vector<const GpuRow*>& lines,
                                   const std::map<std::string, std::string>& names) {
    std::vector<std::string> cells{"  " + names.at(gpu.uuid), who_text(gpu)};
    if (!gpu.util_mean && !gpu.util_max) {
        cells.push_back(
            fmt::format("unknown ({})", gpu.unknown_because.empty() ? "not-sampled" : gpu.unknown_because));
    } else {
        cells.push_back(fmt::format("util {} max {}{}", gpu.util_mean ? format_percent(*gpu.util_mean) : "?",
                                    gpu.util_max ? format_percent(*gpu.util_max) : "?",
                                    board_text(gpu, lines)));
    }
    const auto memory = memory_text(gpu.mem_max_bytes, gpu.mem_total_bytes);
    cells.push_back(gpu.mem_max_bytes ? "mem " + memory : std::string());
    cells.push_back(gpu.energy_j ? format_energy(*gpu.energy_j) : std::string());
    cells.push_back(gpu.idle_fraction ? "idle " + format_percent(*gpu.idle_fraction * 100) : std::string());
    cells.push_back(gpu.coverage > 0 ? "seen " + format_percent(gpu.coverage * 100) : std::string());
    cells.push_back(gpu.shared ? "shared" : std::string());
    return cells;
}

std::string head_of(const RunReport& run) {
    std::string head = fmt::format("{}  {}\n", run.run, to_string(run.phase));
    if (run.simulated) head += "simulated GPU: the GPU numbers below are made up, no GPU was measured\n";
    if (!run.accounting) head += "accounting is off: CPU and memory use are not known\n";
    return head;
}

/// What the reader of these lines must know, below them.
std::string legend(const RunReport& run, const std::vector<Line>& lines, std::size_t width) {
    std::string text;
    const bool by_rank = std::any_of(lines.begin(), lines.end(), [](const Line& line) {
        return std::any_of(line.gpus.begin(), line.gpus.end(),
                           [&](const GpuRow* gpu) { return !board_text(*gpu, line.gpus).empty(); });
    });
    if (by_rank) {
        text += wrapped(
            "all: the GPU while its task had it, also before and after that rank; the column GPU is the mean "
            "of these",
            width, "", "  ");
    }
    const bool again =
        std::any_of(run.rows.begin(), run.rows.end(), [](const ReportRow& row) { return row.attempts > 1; });
    if (again) {
        text +=
            wrapped("TRIES above 1: times, CPU, memory and GPUs are those of the last one", width, "", "  ");
    }
    return text.empty() ? text : '\n' + text;
}

}  // namespace

std::string render_report(const std::vector<RunReport>& runs, std::size_t width) {
    const auto names = short_names(runs);
    std::string text;
    for (const auto& run : runs) {
        const auto lines = lines_of(run);
        TextTable table{.columns = {{.key = "task", .title = "TASK"},
                                    {.key = "job_id", .title = "JOB", .right_aligned = true},
                                    {.key = "state", .title = "STATE"},
                                    {.key = "exit", .title = "EXIT", .right_aligned = true},
                                    {.key = "attempts", .title = "TRIES", .right_aligned = true},
                                    {.key = "wait", .title = "WAIT", .right_aligned = true},
                                    {.key = "elapsed", .title = "ELAPSED", .right_aligned = true},
                                    {.key = "cpu", .title = "CPU", .right_aligned = true},
                                    {.key = "mem", .title = "MEMORY", .right_aligned = true},
                                    {.key = "gpu", .title = run.simulated ? "GPU (simulated)" : "GPU"}},
                        .rows = {}};
        TextTable gpus;
        for (const char* key : {"uuid", "who", "util", "mem", "energy", "idle", "seen", "shared"}) {
            const bool right = std::string_view(key) == "energy" || std::string_view(key) == "idle";
            gpus.columns.push_back({.key = key, .title = key, .right_aligned = right});
        }
        for (const auto& line : lines) {
            table.rows.push_back(line.cells);
            for (const auto* gpu : line.gpus) gpus.rows.push_back(gpu_cells(*gpu, line.gpus, names));
        }
        const auto table_rows = render_rows(table, width);
        const auto gpu_rows = render_rows(gpus, width, false);
        if (!text.empty()) text += '\n';
        text += head_of(run) + '\n' + table_rows.front();
        std::size_t gpu_at = 0;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            text += table_rows[i + 1];
            for (std::size_t gpu = 0; gpu < lines[i].gpus.size(); ++gpu) text += gpu_rows[gpu_at++];
            for (const auto& note : lines[i].notes)
                text += wrapped(with_short_names(note, names), width, "  ", "    ");
        }
        text += legend(run, lines, width);
    }
    return text;
}

}  // namespace sbraid

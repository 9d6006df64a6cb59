// Each rule looks at the facts of one row and says at most a line or two. GPUs and memory are judged when the
// element has ended: before that, an idle GPU may yet be used.

#include "report_warnings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "report_memory.hpp"
#include "sbraid/reason.hpp"
#include "sbraid/units.hpp"

namespace sbraid {
namespace {

constexpr double k_little_memory = 0.2;            ///< of what was asked
constexpr std::int64_t k_much_memory = 1LL << 30;  ///< who asks for less than that keeps nobody waiting
constexpr std::size_t k_most_ranks_named = 4;

double memory_share(const ReportRow& row) {
    return static_cast<double>(*row.mem_max_bytes) / static_cast<double>(*row.mem_asked_bytes);
}

std::string where_text(const StepKey& where) {
    return where.node.empty() ? std::string() : fmt::format(" on {}", where.node);
}

/// The kernel killed the rank, or only some process of it: the rank itself may have ended well.
void killed_for_memory(const ReportRow& row, const std::vector<const RankState*>& ranks,
                       std::vector<std::string>& warnings) {
    if (!row.out_of_memory) return;
    std::size_t more = 0, said = 0;
    for (const auto* rank : ranks) {
        if (!rank->ended || !rank->ended->oom.value_or(false)) continue;
        if (said == k_most_ranks_named) {
            ++more;
            continue;
        }
        ++said;
        warnings.push_back(fmt::format("{}rank {}{} was killed: out of memory{}",
                                       rank->ended->signal ? "" : "a process of ", rank->rank,
                                       where_text(rank->where), limit_in_words(*row.out_of_memory)));
    }
    if (said == 0) warnings.push_back(in_words(*row.out_of_memory));
    if (more > 0) {
        warnings.push_back(fmt::format("{} more rank{} out of memory", more, more == 1 ? " was" : "s were"));
    }
}

/// Of several ranks the first that failed: the others are usually ended because of it.
void first_to_fail(const ReportRow& row, const std::vector<const RankState*>& ranks,
                   std::vector<std::string>& warnings) {
    if (!is_failure(row.state)) return;
    const RankState* first = nullptr;
    bool several = false;
    for (const auto* rank : ranks) {
        if (rank->where.step == "batch" || rank->where.step == "extern") continue;
        several = several || rank->rank > 0;
        if (!rank->ended || !rank->end) continue;
        if (!rank->ended->signal && rank->ended->exit_code.value_or(0) == 0) continue;
        if (first == nullptr || *rank->end < *first->end) first = rank;
    }
    if (first == nullptr || !several || first->ended->oom.value_or(false)) return;
    JobStatus end;
    end.state = JobState::failed;
    end.exit_code = first->ended->exit_code;
    end.signal = first->ended->signal;
    warnings.push_back(fmt::format("rank {}{} was the first to fail: {}", first->rank,
                                   where_text(first->where), end_in_words(end)));
}

std::string board_name(const GpuRow& row) {
    return row.node.empty() ? row.uuid : fmt::format("{} on {}", row.uuid, row.node);
}

/// `first`, `first and second`, `first, second and 3 more`.
std::string some_of(const std::vector<std::string>& names) {
    if (names.size() == 1) return names[0];
    if (names.size() == 2) return fmt::format("{} and {}", names[0], names[1]);
    return fmt::format("{}, {} and {} more", names[0], names[1], names.size() - 2);
}

void idle_gpus(const ReportRow& row, std::vector<std::string>& warnings) {
    std::map<std::string, const GpuRow*> boards;
    for (const auto& gpu : row.gpu.rows) boards.try_emplace(gpu.uuid, &gpu);
    std::vector<std::string> untouched, idle;
    for (const auto& [uuid, gpu] : boards) {
        if (gpu->verdict == GpuVerdict::untouched) untouched.push_back(board_name(*gpu));
        if (gpu->verdict == GpuVerdict::idle) idle.push_back(board_name(*gpu));
    }
    // More may have been asked for than was ever seen: nothing is said of those.
    const auto count = std::max(boards.size(), static_cast<std::size_t>(row.gpus_asked.value_or(0)));
    const auto say = [&](const std::vector<std::string>& names, std::string_view what) {
        if (names.empty()) return;
        if (count == 1) {
            warnings.push_back(fmt::format("its GPU was never {} ({})", what, names[0]));
        } else if (names.size() == count) {
            warnings.push_back(fmt::format("none of its {} GPUs was ever {}", count, what));
        } else {
            warnings.push_back(
                fmt::format("{} of {} GPUs idle: {} never {}", names.size(), count, some_of(names), what));
        }
    };
    say(untouched, "touched");
    say(idle, "busy");
}

bool uses_little_memory(const ReportRow& row) {
    if (!is_success(row.state) || !row.mem_asked_bytes || !row.mem_max_bytes) return false;
    return *row.mem_asked_bytes >= k_much_memory && memory_share(row) < k_little_memory;
}

}  // namespace

std::string memory_use(const ReportRow& row) {
    return fmt::format("{} of the memory it asked for ({} of {})", format_percent(memory_share(row) * 100),
                       format_bytes(*row.mem_max_bytes), format_bytes(*row.mem_asked_bytes));
}

void add_warnings(ReportRow& row, const std::vector<const RankState*>& ranks, bool asked_memory) {
    std::vector<std::string>& warnings = row.warnings;
    killed_for_memory(row, ranks, warnings);
    first_to_fail(row, ranks, warnings);
    if (!is_terminal(row.state)) return;
    idle_gpus(row, warnings);
    row.little_memory = asked_memory && uses_little_memory(row);
    if (row.little_memory) warnings.push_back("used " + memory_use(row));
}

}  // namespace sbraid

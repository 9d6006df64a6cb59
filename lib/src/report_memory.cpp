// Slurm samples the memory of a step every half a minute, so of one that grows until it is killed sacct shows
// a few megabytes. But then more is known than a sample could tell: that the limit was reached, on one node.
// A step counts as killed for memory by sacct's word or by that of a rank of it (its own cgroup's count).

#include "report_memory.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sbraid/tres.hpp"
#include "sbraid/units.hpp"

namespace sbraid {
namespace {

std::optional<std::int64_t> memory_given(const SacctRow& row) {
    const auto tres = parse_tres(row.alloc_tres);
    const auto found = tres.find("mem");
    return found == tres.end() ? std::nullopt : std::optional(found->second);
}

bool was_killed(const RankState& rank) {
    return rank.ended && rank.ended->oom.value_or(false);
}

bool was_killed(const SacctRow& step, const std::vector<const RankState*>& ranks) {
    return step.status.state == JobState::out_of_memory ||
           std::any_of(ranks.begin(), ranks.end(),
                       [&](const auto* rank) { return rank->where.step == step.step && was_killed(*rank); });
}

bool is_batch(const OutOfMemory& out_of_memory) {
    return out_of_memory.step.empty() || out_of_memory.step == "batch";
}

/// Where sacct has no step that was killed.
std::optional<OutOfMemory> killed_otherwise(const ReportRow& row, const SacctRow* job,
                                            const std::vector<const RankState*>& ranks) {
    const auto rank =
        std::find_if(ranks.begin(), ranks.end(), [](const auto* one) { return was_killed(*one); });
    if (row.state != JobState::out_of_memory && rank == ranks.end()) return std::nullopt;
    OutOfMemory found;
    if (rank != ranks.end()) {
        found.step = (*rank)->where.step;
    } else if (job != nullptr) {
        found.limit_bytes = memory_given(*job);
        found.nodes = job->node_count.value_or(1);
    }
    return found;
}

}  // namespace

void add_memory(ReportRow& row, const SacctRow* job, const std::vector<const SacctRow*>& steps,
                const std::vector<const RankState*>& ranks) {
    for (const auto* step : steps) {
        row.mem_max_bytes = std::max({row.mem_max_bytes, step->total_rss_bytes, step->max_rss_bytes});
        if (!was_killed(*step, ranks)) continue;
        // The batch step may be said to be killed because of what a step inside of it did.
        if (row.out_of_memory && !is_batch(*row.out_of_memory)) continue;
        row.out_of_memory = OutOfMemory{step->step, memory_given(*step), step->node_count.value_or(1)};
    }
    if (!row.out_of_memory) row.out_of_memory = killed_otherwise(row, job, ranks);
    if (!row.out_of_memory) return;
    if (row.out_of_memory->limit_bytes && row.out_of_memory->nodes == 1) {
        row.mem_max_bytes = std::max(row.mem_max_bytes, row.out_of_memory->limit_bytes);
    } else {
        row.mem_max_bytes.reset();
    }
}

std::string limit_in_words(const OutOfMemory& out_of_memory) {
    if (!out_of_memory.limit_bytes) return {};
    const std::string limit = format_bytes(*out_of_memory.limit_bytes);
    if (out_of_memory.nodes == 1) return fmt::format(" (limit {})", limit);
    return fmt::format(" (limit {} on its {} nodes together)", limit, out_of_memory.nodes);
}

std::string in_words(const OutOfMemory& out_of_memory) {
    return fmt::format("{}ran out of memory{}",
                       is_batch(out_of_memory) ? "" : fmt::format("step {} ", out_of_memory.step),
                       limit_in_words(out_of_memory));
}

}  // namespace sbraid

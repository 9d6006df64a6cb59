// Board by board: gather its records, join those of the same kind over steps (means weighted by time), pick
// the reading of the whole board, then make one row a rank that used it, else one row for the board.

#include "sbraid/gpu_use.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

namespace sbraid {
namespace {

/// Records joined into one, with the time that they span and the part of it that their samples speak for.
struct Joined {
    GpuUsed use;
    double seconds = 0;
    double known_s = 0;
};

struct Board {
    std::vector<const GpuUsed*> records;
    std::optional<Joined> batch_board;                   ///< the batch step's reading of the whole board
    std::optional<Joined> step_board;                    ///< the numbered steps' readings
    std::map<std::uint32_t, Joined> step_ranks;          ///< of the numbered steps
    std::map<std::uint32_t, Joined> batch_ranks;         ///< of the batch step
    std::map<std::string, double> energy_of_step_ranks;  ///< by step: boards are read whole, so the largest
};

bool is_numbered(const std::string& step) {
    return !step.empty() && step.find_first_not_of("0123456789") == std::string::npos;
}

bool was_busy(const GpuUsed& use) {
    return use.util_max.value_or(0) > 0;
}
bool was_used(const GpuUsed& use) {
    return was_busy(use) || use.processes.value_or(0) > 0;
}

template <class T>
std::optional<T> larger(const std::optional<T>& a, const std::optional<T>& b) {
    if (!a || !b) return a ? a : b;
    return std::max(*a, *b);
}

template <class T>
std::optional<T> sum(const std::optional<T>& a, const std::optional<T>& b) {
    if (!a || !b) return a ? a : b;
    return *a + *b;
}

std::optional<double> weighted(const std::optional<double>& a, double weight_a,
                               const std::optional<double>& b, double weight_b) {
    if (!a || !b) return a ? a : b;
    const double total = weight_a + weight_b;
    return total > 0 ? (*a * weight_a + *b * weight_b) / total : *a;
}

double known_seconds(const GpuUsed& use, double seconds) {
    return use.util_mean ? seconds * use.coverage : 0;
}

/// Steps one after the other on the same board.
void join(std::optional<Joined>& into, const GpuUsed& use, double seconds) {
    if (!into) {
        into = Joined{use, seconds, known_seconds(use, seconds)};
        return;
    }
    GpuUsed& all = into->use;
    const double known_s = known_seconds(use, seconds);
    all.util_mean = weighted(all.util_mean, into->known_s, use.util_mean, known_s);
    all.idle_fraction = weighted(all.idle_fraction, into->known_s, use.idle_fraction, known_s);
    all.coverage = weighted(all.coverage, into->seconds, use.coverage, seconds).value_or(0);
    all.util_max = larger(all.util_max, use.util_max);
    all.mem_max_bytes = larger(all.mem_max_bytes, use.mem_max_bytes);
    all.mem_total_bytes = larger(all.mem_total_bytes, use.mem_total_bytes);
    all.longest_idle_s = larger(all.longest_idle_s, use.longest_idle_s);
    all.energy_j = sum(all.energy_j, use.energy_j);
    all.processes = sum(all.processes, use.processes);
    all.shared = all.shared || use.shared;
    all.simulated = all.simulated || use.simulated;
    // What one step knows is known.
    if (use.unknown_because.empty()) all.unknown_because.clear();
    into->seconds += seconds;
    into->known_s += known_s;
}

void join(std::map<std::uint32_t, Joined>& ranks, const GpuUsed& use, double seconds) {
    std::optional<Joined> rank;
    if (const auto found = ranks.find(*use.rank); found != ranks.end()) rank = found->second;
    join(rank, use, seconds);
    ranks.insert_or_assign(*use.rank, *rank);
}

void add(Board& board, const GpuUsed& use, double seconds) {
    board.records.push_back(&use);
    if (is_numbered(use.where.step)) {
        if (use.rank) {
            join(board.step_ranks, use, seconds);
            auto& energy = board.energy_of_step_ranks[use.where.step];
            energy = std::max(energy, use.energy_j.value_or(0));
        } else {
            join(board.step_board, use, seconds);
        }
    } else if (use.rank) {
        join(board.batch_ranks, use, seconds);
    } else {
        join(board.batch_board, use, seconds);
    }
}

bool is_enough(const GpuUsed& use) {
    return use.unknown_because.empty() && use.util_max.has_value() && use.coverage >= k_enough_coverage;
}

GpuVerdict verdict(const Board& board) {
    const auto& records = board.records;
    if (std::any_of(records.begin(), records.end(), [](const auto* use) { return was_busy(*use); })) {
        return GpuVerdict::used;
    }
    const bool spans = board.batch_board && is_enough(board.batch_board->use);
    const bool all = !records.empty() && std::all_of(records.begin(), records.end(),
                                                     [](const auto* use) { return is_enough(*use); });
    if (!spans && !all) return GpuVerdict::unknown;
    const bool nobody = std::all_of(records.begin(), records.end(),
                                    [](const auto* use) { return use->processes.value_or(1) == 0; });
    return nobody ? GpuVerdict::untouched : GpuVerdict::idle;
}

/// The better reading of the whole board: that of the batch step spans the job, unless its sampler fell out.
const Joined* whole_reading(const Board& board) {
    if (!board.batch_board || !board.step_board) {
        return board.batch_board ? &*board.batch_board : board.step_board ? &*board.step_board : nullptr;
    }
    return board.step_board->known_s > board.batch_board->known_s ? &*board.step_board : &*board.batch_board;
}

const GpuUsed* whole_board(const Board& board) {
    const Joined* best = whole_reading(board);
    return best == nullptr ? nullptr : &best->use;
}

std::optional<double> board_energy(const Board& board) {
    if (const GpuUsed* whole = whole_board(board); whole != nullptr && whole->energy_j)
        return whole->energy_j;
    for (const auto* candidate : {&board.batch_board, &board.step_board}) {
        if (*candidate && (*candidate)->use.energy_j) return (*candidate)->use.energy_j;
    }
    std::optional<double> energy;
    for (const auto& [rank, joined] : board.batch_ranks) energy = larger(energy, joined.use.energy_j);
    if (energy) return energy;
    double steps = 0;
    for (const auto& [step, joules] : board.energy_of_step_ranks) steps += joules;
    return steps > 0 ? std::optional<double>(steps) : std::nullopt;
}

GpuRow row_of(const GpuUsed& use) {
    GpuRow row;
    row.uuid = use.uuid;
    row.rank = use.rank;
    row.node = use.where.node;
    row.util_mean = use.util_mean;
    row.util_max = use.util_max;
    row.mem_max_bytes = use.mem_max_bytes;
    row.mem_total_bytes = use.mem_total_bytes;
    row.idle_fraction = use.idle_fraction;
    row.longest_idle_s = use.longest_idle_s;
    row.processes = use.processes;
    row.coverage = use.coverage;
    row.unknown_because = use.unknown_because;
    row.simulated = use.simulated;
    return row;
}

/// The ranks that used the board: of the numbered steps, then of the batch step when it worked itself.
std::vector<GpuRow> rank_rows(const Board& board) {
    std::vector<GpuRow> rows;
    for (const auto* ranks : {&board.step_ranks, &board.batch_ranks}) {
        for (const auto& [rank, joined] : *ranks) {
            if (was_used(joined.use)) rows.push_back(row_of(joined.use));
        }
    }
    return rows;
}

std::vector<GpuRow> rows_of(const Board& board) {
    auto rows = rank_rows(board);
    const GpuUsed* whole = whole_board(board);
    if (rows.empty()) {
        // Nobody was seen at work: the board's own reading, else the rank that could have used it.
        const auto& ranks = board.step_ranks.empty() ? board.batch_ranks : board.step_ranks;
        if (whole != nullptr) {
            rows.push_back(row_of(*whole));
        } else if (!ranks.empty()) {
            rows.push_back(row_of(ranks.begin()->second.use));
            if (ranks.size() > 1) rows.back().rank.reset();
        }
    } else if (rows.size() > 1 && whole != nullptr) {
        rows.push_back(row_of(*whole));
    }
    if (rows.size() == 1) {
        rows.front().energy_j = board_energy(board);
    } else if (!rows.empty() && !rows.back().rank) {
        rows.back().energy_j = board_energy(board);
    }
    return rows;
}

/// How busy the whole board was while the job had it.
struct BoardUse {
    std::optional<double> mean, idle_fraction, coverage;
};

BoardUse board_use(const Board& board) {
    if (const GpuUsed* whole = whole_board(board); whole != nullptr && whole->util_mean) {
        return {whole->util_mean, whole->idle_fraction, whole->coverage};
    }
    // Ranks side by side on one board: their shares add up, each for the time that it was seen, and the board
    // idles no more than the busiest of them.
    BoardUse all;
    double percent_seconds = 0, seconds = 0;
    const auto& ranks = board.step_ranks.empty() ? board.batch_ranks : board.step_ranks;
    for (const auto& [rank, joined] : ranks) {
        const GpuUsed& use = joined.use;
        if (use.util_mean) {
            const double known_s = std::max(joined.known_s, 1e-9);
            percent_seconds += *use.util_mean * known_s;
            seconds = std::max(seconds, known_s);
        }
        if (use.idle_fraction)
            all.idle_fraction = std::min(all.idle_fraction.value_or(1), *use.idle_fraction);
        all.coverage = larger<double>(all.coverage, use.coverage);
    }
    if (seconds > 0) all.mean = std::min(percent_seconds / seconds, 100.0);
    return all;
}

bool is_shared(const Board& board) {
    return std::any_of(board.records.begin(), board.records.end(),
                       [](const auto* use) { return use->shared; });
}

void add_to(GpuSummary& summary, const Board& board, const BoardUse& all, std::vector<double>& means,
            std::vector<double>& idle) {
    ++summary.boards;
    if (is_shared(board)) ++summary.shared;
    if (all.mean) means.push_back(*all.mean);
    if (all.idle_fraction) idle.push_back(*all.idle_fraction);
    summary.coverage = std::min(summary.coverage.value_or(1), all.coverage.value_or(0));
    summary.energy_j = sum(summary.energy_j, board_energy(board));
    for (const auto* use : board.records) {
        summary.util_max = larger(summary.util_max, use->util_max);
        summary.mem_max_bytes = larger(summary.mem_max_bytes, use->mem_max_bytes);
        summary.simulated = summary.simulated || use->simulated;
        if (summary.unknown_because.empty()) summary.unknown_because = use->unknown_because;
    }
}

std::optional<double> mean_of(const std::vector<double>& values) {
    if (values.empty()) return std::nullopt;
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// A board that a step was given and of which nothing was ever recorded.
GpuRow silent_row(const std::string& uuid, const StepStarted& step) {
    GpuRow row;
    row.uuid = uuid;
    row.node = step.where.node;
    row.unknown_because = step.gpus_unknown_because.empty() ? "not-sampled" : step.gpus_unknown_because;
    row.simulated = step.simulated;
    return row;
}

}  // namespace

GpuUse gpu_use(const std::vector<const GpuUsed*>& records, const std::vector<const StepStarted*>& steps,
               const std::function<double(const StepKey&)>& weight) {
    std::map<std::string, Board> boards;
    for (const auto* use : records) {
        add(boards[use->uuid], *use, std::max(weight(use->where), 1e-3));
    }
    GpuUse result;
    std::vector<double> means, idle;
    for (const auto& [uuid, board] : boards) {
        auto rows = rows_of(board);
        const BoardUse all = board_use(board);
        for (auto& row : rows) {
            row.verdict = verdict(board);
            row.shared = is_shared(board);
            row.board_util_mean = all.mean;
        }
        result.rows.insert(result.rows.end(), rows.begin(), rows.end());
        add_to(result.summary, board, all, means, idle);
    }
    std::set<std::string> silent;
    for (const auto* step : steps) {
        result.summary.simulated = result.summary.simulated || step->simulated;
        if (result.summary.unknown_because.empty()) {
            result.summary.unknown_because = step->gpus_unknown_because;
        }
        for (const auto& uuid : step->gpus) {
            if (boards.contains(uuid) || !silent.insert(uuid).second) continue;
            result.rows.push_back(silent_row(uuid, *step));
            if (result.summary.unknown_because.empty()) {
                result.summary.unknown_because = result.rows.back().unknown_because;
            }
            ++result.summary.boards;
            result.summary.coverage = 0;
        }
    }
    result.summary.util_mean = mean_of(means);
    result.summary.known = means.size();
    result.summary.idle_fraction = mean_of(idle);
    if (!means.empty()) result.summary.unknown_because.clear();
    std::sort(result.rows.begin(), result.rows.end(), [](const GpuRow& a, const GpuRow& b) {
        constexpr auto k_last = std::numeric_limits<std::uint32_t>::max();
        return std::tuple(a.rank.value_or(k_last), a.node, a.uuid) <
               std::tuple(b.rank.value_or(k_last), b.node, b.uuid);
    });
    return result;
}

}  // namespace sbraid

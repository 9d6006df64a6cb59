// Several files -> one order. Each writer's records are put in the order of their numbers; then all are
// ordered by time, where a record never counts as earlier than the one before it of the same writer: so a
// clock that went back moves a record behind its writer's earlier ones and nowhere else. Records are large,
// and a state file is nearly in order: only small keys are sorted, and what stands where it belongs is not
// moved. O(n log n) for n records.

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <unordered_map>
#include <utility>

#include "sbraid/record.hpp"

namespace sbraid {
namespace {

/// What one writer has said. Records by their index in the file they were read from, all files in a row.
struct Queue {
    std::string_view writer;
    std::vector<std::uint32_t> records;
    std::vector<std::uint64_t> unknown;  // numbers of records of a kind that we do not know: no gap
};

/// Where a record belongs: `time` is the latest of its writer up to it.
struct Position {
    Timestamp time;
    std::uint32_t queue = 0;  // in the order of the writers' names
    std::uint32_t record = 0;
};

std::vector<Record> all_records(std::vector<Decoded>& files) {
    std::size_t total = 0;
    for (const Decoded& file : files) total += file.records.size();
    std::vector<Record> all;
    for (Decoded& file : files) {
        if (file.records.empty()) continue;
        if (all.empty() && file.records.size() == total) return std::move(file.records);
        all.reserve(total);
        std::move(file.records.begin(), file.records.end(), std::back_inserter(all));
    }
    return all;
}

/// By number; those whose number was there before go to `repeated`.
void sort_and_drop_repeated(Queue& queue, const std::vector<Record>& all,
                            std::vector<std::uint32_t>& repeated) {
    const auto number = [&](std::uint32_t i) { return all[i].number; };
    auto& own = queue.records;
    // Stable: of several with one number the first that was read counts.
    if (!std::ranges::is_sorted(own, {}, number)) std::ranges::stable_sort(own, {}, number);
    std::size_t kept = 0;
    for (const std::uint32_t record : own) {
        if (kept > 0 && number(own[kept - 1]) == number(record))
            repeated.push_back(record);
        else
            own[kept++] = record;
    }
    own.resize(kept);
    std::ranges::sort(queue.unknown);
    queue.unknown.erase(std::unique(queue.unknown.begin(), queue.unknown.end()), queue.unknown.end());
}

/// How many numbers below the highest one that was seen are nowhere.
std::uint64_t missing(const Queue& queue, const std::vector<Record>& all) {
    const auto number = [&](std::uint32_t i) { return all[i].number; };
    std::uint64_t highest = 0;
    if (!queue.records.empty()) highest = number(queue.records.back());
    if (!queue.unknown.empty()) highest = std::max(highest, queue.unknown.back());
    std::uint64_t seen = queue.records.size();
    for (const std::uint64_t unknown : queue.unknown) {
        if (!std::ranges::binary_search(queue.records, unknown, {}, number)) ++seen;
    }
    return highest - seen;
}

std::vector<Position> positions(const std::vector<Queue>& queues, const std::vector<Record>& all) {
    std::vector<Position> result;
    result.reserve(all.size());
    for (std::uint32_t queue = 0; queue < queues.size(); ++queue) {
        Timestamp latest{};
        for (const std::uint32_t record : queues[queue].records) {
            latest = std::max(latest, all[record].time);
            result.push_back({latest, queue, record});
        }
    }
    return result;
}

/// Puts at each index the record that stands at `from[index]`, cycle by cycle.
void permute(std::vector<Record>& records, std::vector<std::uint32_t> from) {
    for (std::uint32_t start = 0; start < from.size(); ++start) {
        if (from[start] == start) continue;
        Record first = std::move(records[start]);
        std::uint32_t hole = start;
        while (from[hole] != start) {
            records[hole] = std::move(records[from[hole]]);
            hole = std::exchange(from[hole], hole);
        }
        records[hole] = std::move(first);
        from[hole] = hole;
    }
}

}  // namespace

Decoded merge(std::vector<Decoded> files) {
    Decoded out;
    out.records = all_records(files);
    std::vector<Record>& all = out.records;

    std::vector<Queue> queues;
    std::unordered_map<std::string_view, std::size_t> by_writer;
    const auto queue_of = [&](const std::string& writer) -> Queue& {
        const auto [found, is_new] = by_writer.try_emplace(writer, queues.size());
        if (is_new) queues.push_back({writer, {}, {}});
        return queues[found->second];
    };
    for (std::uint32_t i = 0; i < all.size(); ++i) queue_of(all[i].writer).records.push_back(i);
    for (Decoded& file : files) {
        for (const Origin& origin : file.unknown_from)
            queue_of(origin.writer).unknown.push_back(origin.number);
        std::move(file.damage.begin(), file.damage.end(), std::back_inserter(out.damage));
    }
    std::ranges::sort(queues, {}, &Queue::writer);
    std::vector<std::uint32_t> repeated;
    for (Queue& queue : queues) {
        sort_and_drop_repeated(queue, all, repeated);
        for (const std::uint64_t number : queue.unknown) {
            out.unknown_from.push_back({std::string{queue.writer}, number});
        }
        if (const std::uint64_t count = missing(queue, all); count != 0) {
            out.damage.push_back(
                {"", 0,
                 fmt::format("gap: {} record{} of writer {} {} missing", count, count == 1 ? "" : "s",
                             queue.writer, count == 1 ? "is" : "are")});
        }
    }
    out.unknown = out.unknown_from.size();

    // Stable, so that each writer's own order is kept; of equal times the writer whose name sorts first.
    std::vector<Position> order = positions(queues, all);
    std::ranges::stable_sort(order, {}, [](const Position& p) { return std::pair{p.time, p.queue}; });
    std::vector<std::uint32_t> from;
    from.reserve(all.size());
    for (const Position& position : order) from.push_back(position.record);
    from.insert(from.end(), repeated.begin(), repeated.end());
    permute(all, std::move(from));
    all.resize(order.size());
    return out;
}

}  // namespace sbraid

// Several files -> one order. Records are sorted by number within their writer, then the writers' queues are
// merged by the time of their heads: a clock that went back moves a record behind its writer's earlier ones
// and nowhere else. O(n log n) for n records; a queue that is in order already, as nearly all are, is only
// checked.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <queue>
#include <unordered_map>

#include "sbraid/record.hpp"

namespace sbraid {
namespace {

struct Queue {
    std::string_view writer;
    std::vector<Record*> records;
    std::vector<std::uint64_t> unknown;  // numbers of records of a kind that we do not know: no gap
    std::size_t next = 0;
};

void sort_and_drop_repeated(Queue& queue) {
    const auto by_number = [](const Record* a, const Record* b) { return a->number < b->number; };
    const auto same = [](const Record* a, const Record* b) { return a->number == b->number; };
    // Stable: of several with one number the first that was read counts.
    if (!std::is_sorted(queue.records.begin(), queue.records.end(), by_number)) {
        std::stable_sort(queue.records.begin(), queue.records.end(), by_number);
    }
    queue.records.erase(std::unique(queue.records.begin(), queue.records.end(), same), queue.records.end());
    std::sort(queue.unknown.begin(), queue.unknown.end());
    queue.unknown.erase(std::unique(queue.unknown.begin(), queue.unknown.end()), queue.unknown.end());
}

/// How many numbers below the highest one that was seen are nowhere.
std::uint64_t missing(const Queue& queue) {
    std::uint64_t highest = 0;
    if (!queue.records.empty()) highest = queue.records.back()->number;
    if (!queue.unknown.empty()) highest = std::max(highest, queue.unknown.back());
    std::uint64_t seen = queue.records.size();
    for (const std::uint64_t number : queue.unknown) {
        const auto at = std::lower_bound(queue.records.begin(), queue.records.end(), number,
                                         [](const Record* r, std::uint64_t n) { return r->number < n; });
        if (at == queue.records.end() || (*at)->number != number) ++seen;
    }
    return highest - seen;
}

}  // namespace

Decoded merge(std::vector<Decoded> files) {
    Decoded out;
    std::vector<Queue> queues;
    std::unordered_map<std::string_view, std::size_t> by_writer;
    const auto queue_of = [&](const std::string& writer) -> Queue& {
        const auto [found, is_new] = by_writer.try_emplace(writer, queues.size());
        if (is_new) queues.push_back({writer, {}, {}, 0});
        return queues[found->second];
    };
    std::size_t total = 0;
    for (Decoded& file : files) {
        total += file.records.size();
        for (Record& record : file.records) queue_of(record.writer).records.push_back(&record);
        for (const Origin& origin : file.unknown_from)
            queue_of(origin.writer).unknown.push_back(origin.number);
        std::move(file.damage.begin(), file.damage.end(), std::back_inserter(out.damage));
    }
    std::sort(queues.begin(), queues.end(),
              [](const Queue& a, const Queue& b) { return a.writer < b.writer; });
    for (Queue& queue : queues) {
        sort_and_drop_repeated(queue);
        for (const std::uint64_t number : queue.unknown) {
            out.unknown_from.push_back({std::string{queue.writer}, number});
        }
        if (const std::uint64_t count = missing(queue); count != 0) {
            out.damage.push_back(
                {"", 0,
                 fmt::format("gap: {} record{} of writer {} {} missing", count, count == 1 ? "" : "s",
                             queue.writer, count == 1 ? "is" : "are")});
        }
    }
    out.unknown = out.unknown_from.size();

    // The earliest head first; of equal times the writer whose name sorts first.
    const auto later = [&](std::size_t a, std::size_t b) {
        const Timestamp time_a = queues[a].records[queues[a].next]->time;
        const Timestamp time_b = queues[b].records[queues[b].next]->time;
        return time_a != time_b ? time_a > time_b : a > b;
    };
    std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> heads{later};
    for (std::size_t i = 0; i < queues.size(); ++i) {
        if (!queues[i].records.empty()) heads.push(i);
    }
    out.records.reserve(total);
    while (!heads.empty()) {
        const std::size_t earliest = heads.top();
        heads.pop();
        Queue& queue = queues[earliest];
        out.records.push_back(std::move(*queue.records[queue.next++]));
        if (queue.next < queue.records.size()) heads.push(earliest);
    }
    return out;
}

}  // namespace sbraid

// Limits without anybody who watches: a schedule is forecast, and what it does by chance of time is made a
// rule by edges.
//
// The forecast is list scheduling: as soon as a task's parents have ended and what it takes is free, it
// starts; first of all the one with the longest remaining path. What a task takes comes from tasks that had
// it before; it waits for the end of those, and so the order holds even when every duration was wrong.
//
// One thing needs care. A task can be skipped while those that it waits for still run: two of its parents run
// and one fails. Its end then says nothing of the other. So what is taken over is not from the task that had
// it last, but from all that had it and may still be alive when that one has ended. Where these become many,
// a turnstile comes in: a gate that waits for all of them and can never be skipped itself.
#include "throttle.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <queue>

#include "condition.hpp"
#include "services.hpp"

namespace sbraid {
namespace {

using Seconds = std::chrono::seconds;

/// Beyond so many, a turnstile waits for them instead.
constexpr std::size_t k_most_holders = 24;

bool can_skip(EdgeKind kind) {
    return kind == EdgeKind::afterok || kind == EdgeKind::afternotok || kind == EdgeKind::aftercorr;
}

/// What is certain to have ended when a task has ended or was skipped.
class Endings {
  public:
    Endings(const std::vector<Task>& tasks, const std::vector<Task>& turnstiles)
        : tasks_(tasks), turnstiles_(turnstiles) {}

    /// Some of its parents can make it impossible.
    [[nodiscard]] bool can_be_skipped(std::uint32_t task) const {
        const auto& edges = tasks_[task].edges;
        return std::any_of(edges.begin(), edges.end(), [](const Edge& edge) { return can_skip(edge.kind); });
    }

    /// `false` where it is not certain, or would take long to find out.
    bool implies(std::uint32_t task, std::uint32_t other) {
        steps_ = 0;
        return implies_at(task, other);
    }

  private:
    bool implies_at(std::uint32_t at, std::uint32_t other) {
        constexpr int k_most_steps = 200;
        if (at == other) return true;
        if (++steps_ > k_most_steps) return false;
        const Task& task = at < tasks_.size() ? tasks_[at] : turnstiles_[at - tasks_.size()];
        std::size_t ways_to_skip = 0;
        bool pairs = false;
        for (const Edge& edge : task.edges) {
            if (!can_skip(edge.kind)) continue;
            ++ways_to_skip;
            pairs = pairs || edge.kind == EdgeKind::aftercorr;
        }
        if (task.condition && ways_to_skip > 0) return false;
        if (pairs && ways_to_skip > 1) return false;  // each element may have been skipped by another parent
        const auto through = [&](const Edge& edge) {
            const auto* const parent = std::get_if<TaskIndex>(&edge.parent);
            return parent != nullptr && !edge.element && edge.kind != EdgeKind::after &&
                   implies_at(parent->value, other);
        };
        if (ways_to_skip == 0) return std::any_of(task.edges.begin(), task.edges.end(), through);
        return std::all_of(task.edges.begin(), task.edges.end(),
                           [&](const Edge& edge) { return !can_skip(edge.kind) || through(edge); });
    }

    const std::vector<Task>& tasks_;
    const std::vector<Task>& turnstiles_;  // numbered behind the tasks
    int steps_ = 0;
};

/// Some of a throttle's units, with the tasks that had them and may be alive.
struct Units {
    std::uint64_t count = 0;
    std::vector<std::uint32_t> holders;
};

class Forecast {
  public:
    Forecast(std::vector<Task>& tasks, const std::vector<TaskIndex>& order,
             const std::vector<Throttle>& throttles, const std::vector<Seconds>& durations, std::size_t most)
        : tasks_(tasks),
          throttles_(throttles),
          durations_(durations),
          most_(most),
          endings_(tasks, turnstiles_),
          after_end_(tasks.size()),
          after_start_(tasks.size()),
          missing_(tasks.size()),
          remaining_(durations),
          served_by_(tasks.size()),
          served_(tasks.size()),
          holders_(tasks.size()),
          in_use_(throttles.size()) {
        for (std::uint32_t service = 0; service < tasks.size(); ++service) {
            if (!tasks[service].service) continue;
            for (const TaskIndex task : served_by(tasks, TaskIndex{service})) {
                served_by_[task.value].push_back(service);
                ++served_[service];
            }
        }
        for (const Throttle& throttle : throttles) free_.push_back({Units{throttle.capacity, {}}});
        for (std::uint32_t child = 0; child < tasks.size(); ++child) {
            for (const Edge& edge : tasks[child].edges) {
                const auto* const parent = std::get_if<TaskIndex>(&edge.parent);
                if (parent == nullptr) continue;
                ++missing_[child];
                (edge.kind == EdgeKind::after ? after_start_ : after_end_)[parent->value].push_back(child);
            }
        }
        for (auto task = order.rbegin(); task != order.rend(); ++task) {
            Seconds longest{0};
            for (const std::uint32_t child : after_end_[task->value])
                longest = std::max(longest, remaining_[child]);
            remaining_[task->value] += longest;
        }
    }

    Throttling run() {
        for (std::uint32_t task = 0; task < tasks_.size(); ++task)
            if (missing_[task] == 0) make_ready(task);
        for (;;) {
            if (!start_what_fits()) return Throttling::too_many_edges;
            if (running_.empty()) {
                if (ended_ < tasks_.size()) return Throttling::no_room;
                std::move(turnstiles_.begin(), turnstiles_.end(), std::back_inserter(tasks_));
                return Throttling::done;
            }
            now_ = running_.top().first;
            while (!running_.empty() && running_.top().first == now_) {
                const std::uint32_t task = running_.top().second;
                running_.pop();
                end(task);
            }
        }
    }

  private:
    /// Tasks that take the same, the longest remaining path first, then in the order of the file.
    using Queue = std::map<std::pair<Seconds, std::uint32_t>, std::uint32_t>;

    void make_ready(std::uint32_t task) {
        std::vector<std::uint64_t> needs;
        needs.reserve(throttles_.size());
        for (const Throttle& throttle : throttles_) needs.push_back(throttle.needs[task]);
        ready_[std::move(needs)].emplace(std::pair{-remaining_[task], task}, task);
    }

    bool start_what_fits() {
        for (;;) {
            Queue* best = nullptr;
            for (auto& [needs, queue] : ready_) {
                if (queue.empty() || !fits(needs)) continue;
                if (best == nullptr || queue.begin()->first < best->begin()->first) best = &queue;
            }
            if (best == nullptr) return true;
            const std::uint32_t task = best->begin()->second;
            best->erase(best->begin());
            if (!start(task)) return false;
        }
    }

    [[nodiscard]] bool fits(const std::vector<std::uint64_t>& needs) const {
        for (std::size_t i = 0; i < needs.size(); ++i)
            if (in_use_[i] + needs[i] > throttles_[i].capacity) return false;
        return true;
    }

    bool start(std::uint32_t task) {
        std::vector<std::vector<std::uint32_t>> holders(throttles_.size());
        for (std::size_t i = 0; i < throttles_.size(); ++i) {
            const std::uint64_t count = throttles_[i].needs[task];
            in_use_[i] += count;
            if (count > 0) holders[i] = take(i, task, count);
            if (holders[i].size() > k_most_holders) holders[i] = {add_turnstile(task, holders[i])};
        }
        wait_for(task, holders);
        for (auto& of_one : holders) {
            if (!endings_.can_be_skipped(task)) of_one.clear();
            std::erase_if(of_one, [&](std::uint32_t other) { return endings_.implies(task, other); });
            of_one.push_back(task);
        }
        holders_[task] = std::move(holders);
        if (served_[task] == 0) running_.emplace(now_ + durations_[task], task);
        for (const std::uint32_t child : after_start_[task])
            if (--missing_[child] == 0) make_ready(child);
        return edges_ <= most_;
    }

    /// One that waits for all of them; its number.
    std::uint32_t add_turnstile(std::uint32_t task, const std::vector<std::uint32_t>& holders) {
        Task turnstile;
        turnstile.name = tasks_[task].name;
        turnstile.place = tasks_[task].place;
        turnstile.options = tasks_[task].options;
        turnstile.turnstile = true;
        turnstile.edges = edges_to(tasks_[task], holders);
        edges_ += turnstile.edges.size();
        turnstiles_.push_back(std::move(turnstile));
        return static_cast<std::uint32_t>(tasks_.size() + turnstiles_.size() - 1);
    }

    [[nodiscard]] static std::vector<Edge> edges_to(const Task& task,
                                                    const std::vector<std::uint32_t>& others) {
        std::vector<Edge> edges;
        edges.reserve(others.size());
        for (const std::uint32_t other : others)
            edges.push_back({.kind = EdgeKind::afterany,
                             .parent = TaskIndex{other},
                             .element = {},
                             .origin = EdgeOrigin::limit,
                             .place = task.place});
        return edges;
    }

    /// First what nobody has to be waited for, then what has been free the longest.
    std::vector<std::uint32_t> take(std::size_t throttle, std::uint32_t task, std::uint64_t count) {
        std::vector<std::uint32_t> holders;
        auto& free = free_[throttle];
        const auto take_from = [&](Units& units) {
            const std::uint64_t some = std::min(count, units.count);
            units.count -= some;
            count -= some;
            if (some > 0) holders.insert(holders.end(), units.holders.begin(), units.holders.end());
        };
        for (Units& units : free)
            if (count > 0 && std::all_of(units.holders.begin(), units.holders.end(),
                                         [&](std::uint32_t other) { return waits_for(task, other); }))
                take_from(units);
        for (Units& units : free)
            if (count > 0) take_from(units);
        std::erase_if(free, [](const Units& units) { return units.count == 0; });
        return sorted(std::move(holders));
    }

    static std::vector<std::uint32_t> sorted(std::vector<std::uint32_t> tasks) {
        std::sort(tasks.begin(), tasks.end());
        tasks.erase(std::unique(tasks.begin(), tasks.end()), tasks.end());
        return tasks;
    }

    /// `task` waits for the end of `other` by the file.
    [[nodiscard]] bool waits_for(std::uint32_t task, std::uint32_t other) const {
        const auto& edges = tasks_[task].edges;
        return !tasks_[task].condition && std::any_of(edges.begin(), edges.end(), [&](const Edge& edge) {
            const auto* const parent = std::get_if<TaskIndex>(&edge.parent);
            return parent != nullptr && parent->value == other && !edge.element &&
                   edge.kind != EdgeKind::after && edge.kind != EdgeKind::aftercorr;
        });
    }

    void wait_for(std::uint32_t task, const std::vector<std::vector<std::uint32_t>>& holders) {
        std::vector<std::uint32_t> all;
        for (const auto& of_one : holders) all.insert(all.end(), of_one.begin(), of_one.end());
        all = sorted(std::move(all));
        std::erase_if(all, [&](std::uint32_t other) { return waits_for(task, other); });
        const std::vector<Edge> edges = edges_to(tasks_[task], all);
        edges_ += edges.size();
        add_required_edges(tasks_[task], edges);
    }

    void end(std::uint32_t task) {
        for (std::size_t i = 0; i < throttles_.size(); ++i) {
            if (const std::uint64_t count = throttles_[i].needs[task]; count > 0) {
                in_use_[i] -= count;
                free_[i].push_back({count, std::move(holders_[task][i])});
            }
        }
        holders_[task].clear();
        ++ended_;
        for (const std::uint32_t service : served_by_[task])
            if (--served_[service] == 0) end(service);
        for (const std::uint32_t child : after_end_[task])
            if (--missing_[child] == 0) make_ready(child);
    }

    std::vector<Task>& tasks_;
    const std::vector<Throttle>& throttles_;
    const std::vector<Seconds>& durations_;
    std::size_t most_;
    std::vector<Task> turnstiles_;
    Endings endings_;
    std::vector<std::vector<std::uint32_t>> after_end_;    // by task: what may start when it has ended
    std::vector<std::vector<std::uint32_t>> after_start_;  // … when it has started
    std::vector<std::size_t> missing_;                     // by task: parents that are not there yet
    std::vector<Seconds> remaining_;                       // by task: to the end of the longest path
    std::vector<std::vector<std::uint32_t>> served_by_;    // by task: services that live until it has ended
    std::vector<std::size_t> served_;                      // by service: for how many tasks it still lives
    std::vector<std::vector<std::vector<std::uint32_t>>>
        holders_;  // by running task and throttle: who may live when it has ended; itself, too
    std::vector<std::uint64_t> in_use_;                  // by throttle
    std::vector<std::vector<Units>> free_;               // by throttle, the longest free first
    std::map<std::vector<std::uint64_t>, Queue> ready_;  // by what they take
    using Ending = std::pair<Seconds, std::uint32_t>;
    std::priority_queue<Ending, std::vector<Ending>, std::greater<>> running_;
    Seconds now_{0};
    std::size_t ended_ = 0;
    std::size_t edges_ = 0;
};

}  // namespace

Throttling add_throttle_edges(std::vector<Task>& tasks, const std::vector<TaskIndex>& order,
                              const std::vector<Throttle>& throttles, const std::vector<Seconds>& durations,
                              std::size_t most) {
    return Forecast{tasks, order, throttles, durations, most}.run();
}

}  // namespace sbraid

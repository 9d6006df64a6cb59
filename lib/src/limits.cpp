// [limits]: what may be in use at once, and what the whole may cost.
//
// An array takes its share for as long as any of it lives: the share of an element, times as many elements as
// its own limit lets run, which is lowered to what the limits of the file leave.
#include "limits.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

#include "sbraid/suggest.hpp"
#include "slurm_value.hpp"
#include "task_gpus.hpp"
#include "task_graph.hpp"
#include "task_reference.hpp"
#include "throttle.hpp"

namespace sbraid {
namespace {

constexpr std::uint64_t k_no_limit = 1'000'000'000;
constexpr std::chrono::seconds k_unknown_duration = std::chrono::hours(1);

std::optional<Limit> read_number(Reader& reader, std::string_view name, const Node& node) {
    const auto* const number = std::get_if<Integer>(&node.value);
    if (number == nullptr) {
        reader.wrong_type(name, node, "a whole number",
                          name == "gpu_hours" ? "hours of one GPU, for all of the workflow, at most"
                                              : "so much at a time, at most");
        return std::nullopt;
    }
    if (number->value < 1 || number->value > static_cast<std::int64_t>(k_no_limit)) {
        reader.error(node.place, fmt::format("{}: '{}' is not a number from 1", name, number->text),
                     "a limit of which nothing is left lets nothing run");
        return std::nullopt;
    }
    return Limit{static_cast<std::uint64_t>(number->value), node.place};
}

void read_categories(Reader& reader, const Entry& entry, Limits& limits) {
    const Table* const table =
        reader.table("category", entry.node, "a table of categories", "as in category.download = 2");
    if (table == nullptr) return;
    for (const Entry& category : table->entries) {
        if (!is_name(category.key))
            reader.error(category.key_place, fmt::format("'{}' is not a name for a category", category.key),
                         std::string{k_name_form});
        else if (const auto limit =
                     read_number(reader, fmt::format("category.{}", category.key), category.node))
            limits.categories.emplace(category.key, *limit);
        else  // it is named, and so nobody shall be told that it is not
            limits.categories.emplace(category.key, Limit{k_no_limit, category.node.place});
    }
}

std::optional<std::chrono::seconds> known_duration(const Task& task) {
    if (task.expect) return task.expect;
    const SbatchOption* const time = task.option("time");
    if (time == nullptr || !time->value) return std::nullopt;
    const auto seconds = slurm_value::time_limit_seconds(*time->value);
    if (!seconds || *seconds == 0) return std::nullopt;
    return std::chrono::seconds(*seconds);
}

/// One limit and what an element of each task takes of it.
struct Share {
    std::string name;
    Limit limit;
    std::vector<std::uint64_t> of_element{};
};

class Keeper {
  public:
    Keeper(Reader& reader, const Limits& limits, std::vector<Task>& tasks)
        : reader_(reader), limits_(limits), tasks_(tasks) {}

    std::vector<TaskIndex> run(std::vector<TaskIndex> order) {
        check_categories();
        if (limits_.gpus || limits_.gpu_hours) count_gpus();
        if (limits_.gpu_hours) check_budget();
        gather();
        if (shares_.empty()) return order;
        for (Task& task : tasks_) lower_array(task);
        if (complained_) return order;
        std::vector<Throttle> throttles;
        throttles.reserve(shares_.size());
        for (const Share& share : shares_) throttles.push_back(throttle_of(share));
        std::vector<std::chrono::seconds> durations;
        durations.reserve(tasks_.size());
        for (const Task& task : tasks_) durations.push_back(duration_of(task));
        switch (add_throttle_edges(tasks_, order, throttles, durations, k_most_edges)) {
            case Throttling::done:
                return order_of(tasks_);
            case Throttling::too_many_edges:
                reader_.error(shares_.front().limit.place,
                              fmt::format("to keep the limits takes more than {} edges", k_most_edges),
                              "a matrix is one task, and its limit costs nothing: write max_parallel");
                break;
            case Throttling::no_room:
                reader_.error(shares_.front().limit.place,
                              "services take so much of the limits that what needs them can never start",
                              "a service lives until the last task that needs it has ended; raise the limit");
                break;
        }
        return order;
    }

  private:
    void check_categories() {
        std::map<std::string_view, bool> used;
        std::vector<std::string_view> known;
        for (const auto& [name, limit] : limits_.categories) {
            used.emplace(name, false);
            known.push_back(name);
        }
        const Place* last = nullptr;  // that of a default is told once
        for (const Task& task : tasks_) {
            if (task.category.empty()) continue;
            if (const auto found = used.find(task.category); found != used.end()) {
                found->second = true;
            } else if (last == nullptr || last->line != task.category_place.line) {
                std::string hint = did_you_mean(task.category, known);
                if (hint.empty()) hint = fmt::format("write category.{} = … below [limits]", task.category);
                reader_.warning(task.category_place,
                                fmt::format("nothing limits the category '{}'", task.category),
                                std::move(hint));
                last = &task.category_place;
            }
        }
        for (const auto& [name, limit] : limits_.categories)
            if (!used[name])
                reader_.warning(limit.place, fmt::format("no task has the category '{}'", name),
                                "a task says category = \"…\"");
    }

    void count_gpus() {
        gpus_.reserve(tasks_.size());
        for (const Task& task : tasks_) {
            const auto count = gpus_of(task);
            if (!count) {
                const SbatchOption* const option = task.option("gpus-per-socket");
                complain(
                    option != nullptr ? option->place : task.place,
                    fmt::format("the GPUs of '{}' cannot be counted, and [limits] counts them", task.name),
                    "ask for them by gpus, gpus_per_node or gpus_per_task");
            }
            gpus_.push_back(static_cast<std::uint64_t>(std::max<std::int64_t>(count.value_or(0), 0)));
        }
    }

    void check_budget() {
        double hours = 0;
        for (std::size_t i = 0; i < tasks_.size(); ++i) {
            if (gpus_[i] == 0) continue;
            const auto duration = known_duration(tasks_[i]);
            if (!duration && reader_.has_errors()) continue;  // it may have one that is wrong
            if (!duration) {
                complain(
                    tasks_[i].place,
                    fmt::format("what '{}' costs cannot be told, and [limits] has a budget", tasks_[i].name),
                    "give it `time` or `expect`");
                continue;
            }
            const double elements = tasks_[i].array ? static_cast<double>(tasks_[i].array->size()) : 1;
            hours += elements * static_cast<double>(gpus_[i]) * static_cast<double>(duration->count()) / 3600;
        }
        if (hours > static_cast<double>(limits_.gpu_hours->most) && !complained_)
            complain(limits_.gpu_hours->place,
                     fmt::format("the workflow may take {:.1f} GPU-hours, {:.1f} more than its budget", hours,
                                 hours - static_cast<double>(limits_.gpu_hours->most)),
                     "counted are GPUs times `expect`, or else `time`, of every element");
    }

    void gather() {
        if (limits_.gpus) shares_.push_back({"gpus", *limits_.gpus, gpus_});
        if (limits_.jobs)
            shares_.push_back({"jobs", *limits_.jobs, std::vector<std::uint64_t>(tasks_.size(), 1)});
        for (const auto& [name, limit] : limits_.categories) {
            Share share{fmt::format("category.{}", name), limit, {}};
            for (const Task& task : tasks_) share.of_element.push_back(task.category == name ? 1 : 0);
            shares_.push_back(std::move(share));
        }
    }

    void lower_array(Task& task) {
        const auto index = static_cast<std::size_t>(&task - tasks_.data());
        std::uint64_t most = task.array ? task.array->size() : 1;
        for (const Share& share : shares_) {
            const std::uint64_t one = share.of_element[index];
            if (one > share.limit.most)
                complain(task.place,
                         fmt::format("'{}' takes {} GPUs, and [limits] lets the workflow have {}", task.name,
                                     one, share.limit.most),
                         "it could never run");
            else if (one > 0)
                most = std::min(most, share.limit.most / one);
        }
        if (task.array && most < std::min<std::uint64_t>(task.array->size(), task.array->limit.value_or(-1U)))
            task.array->limit = static_cast<std::uint32_t>(most);
    }

    [[nodiscard]] static std::uint64_t elements_at_once(const Task& task) {
        if (!task.array) return 1;
        return std::min<std::uint64_t>(task.array->size(), task.array->limit.value_or(-1U));
    }

    [[nodiscard]] Throttle throttle_of(const Share& share) const {
        Throttle throttle{share.limit.most, share.of_element};
        for (std::size_t i = 0; i < tasks_.size(); ++i) throttle.needs[i] *= elements_at_once(tasks_[i]);
        return throttle;
    }

    static std::chrono::seconds duration_of(const Task& task) {
        const auto one = known_duration(task).value_or(k_unknown_duration);
        if (!task.array) return one;
        const std::uint64_t at_once = elements_at_once(task);
        const std::uint64_t rounds = (task.array->size() + at_once - 1) / at_once;
        return one * static_cast<std::int64_t>(rounds);
    }

    void complain(const Place& place, std::string message, std::string hint) {
        complained_ = true;
        reader_.error(place, std::move(message), std::move(hint));
    }

    Reader& reader_;
    const Limits& limits_;
    std::vector<Task>& tasks_;
    std::vector<std::uint64_t> gpus_;  // of one element, by task
    std::vector<Share> shares_;
    bool complained_ = false;
};

}  // namespace

Limits read_limits(Reader& reader, const Entry& entry) {
    Limits limits;
    const Table* const table = reader.table("limits", entry.node, "a table of limits",
                                            "write [limits], and below it jobs = 10 or gpus = 16");
    if (table == nullptr) return limits;
    for (const Entry& item : table->entries) {
        if (item.key == "gpus") {
            limits.gpus = read_number(reader, "gpus", item.node);
        } else if (item.key == "jobs") {
            limits.jobs = read_number(reader, "jobs", item.node);
        } else if (item.key == "gpu_hours") {
            limits.gpu_hours = read_number(reader, "gpu_hours", item.node);
        } else if (item.key == "category") {
            read_categories(reader, item, limits);
        } else {
            constexpr std::array<std::string_view, 4> k_keys{"gpus", "jobs", "gpu_hours", "category"};
            std::string hint = did_you_mean(item.key, k_keys);
            if (hint.empty()) hint = "its keys are gpus, jobs, gpu_hours and category.NAME";
            reader.error(item.key_place, fmt::format("'{}' is not a key of [limits]", item.key),
                         std::move(hint));
        }
    }
    return limits;
}

std::vector<TaskIndex> keep_limits(Reader& reader, const Limits& limits, std::vector<Task>& tasks,
                                   std::vector<TaskIndex> order) {
    if (order.size() < tasks.size()) return order;  // a cycle, which has been reported
    return Keeper{reader, limits, tasks}.run(std::move(order));
}

}  // namespace sbraid

// Each kind of warning is a small function over the tasks.
//
// A redundant edge is one to a task that a parent (or a parent of a parent, …) waits for in the same way. It
// is looked for by walking up from the parents, within a number of steps: a graph of ten thousand tasks that
// all wait for each other is not worth minutes.
#include "sbraid/lint.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "characters.hpp"
#include "sbraid/script_options.hpp"
#include "shared_outputs.hpp"
#include "task_gpus.hpp"
#include "vars.hpp"
#include "wording.hpp"

namespace sbraid {
namespace {

constexpr std::size_t k_most_steps = 2'000'000;  // of the searches along edges, in the whole file

/// Without turnstiles, which stand last.
std::span<const Task> tasks_of_file(const Workflow& workflow) {
    const auto& tasks = workflow.tasks();
    const auto end =
        std::find_if(tasks.begin(), tasks.end(), [](const Task& task) { return task.turnstile; });
    return {tasks.begin(), end};
}

class Linter {
  public:
    explicit Linter(const Workflow& workflow)
        : all_tasks_(workflow.tasks()), tasks_(tasks_of_file(workflow)) {}

    Diagnostics run() {
        find_lonely();
        find_gpu_partitions();
        find_missing_times();
        find_redundant_edges();
        find_shared_outputs();
        sort_by_place(found_);
        // A file that is used several times has the same to say of each.
        const auto is_same = [](const Diagnostic& a, const Diagnostic& b) {
            return a.place.file != 0 && a.place.file == b.place.file && a.place.line == b.place.line &&
                   a.place.column == b.place.column && a.hint == b.hint;
        };
        found_.erase(std::unique(found_.begin(), found_.end(), is_same), found_.end());
        return std::move(found_);
    }

  private:
    void warn(const Place& place, std::string message, std::string hint) {
        found_.push_back({Severity::warning, place, std::move(message), std::move(hint)});
    }

    void find_lonely() {
        std::vector<bool> has_edge(tasks_.size(), false);
        for (std::size_t task = 0; task < tasks_.size(); ++task) {
            const bool is_apart = tasks_[task].final || tasks_[task].service;  // they need no edge
            if (tasks_[task].singleton || is_apart) has_edge[task] = true;
            for (const Edge& edge : tasks_[task].edges) {
                if (edge.origin != EdgeOrigin::named && edge.origin != EdgeOrigin::data) continue;
                has_edge[task] = true;
                if (const auto* const parent = std::get_if<TaskIndex>(&edge.parent))
                    has_edge[parent->value] = true;
            }
        }
        if (std::none_of(tasks_.begin(), tasks_.end(), [](const Task& task) { return has_named_edge(task); }))
            return;
        for (std::size_t task = 0; task < tasks_.size(); ++task)
            if (!has_edge[task])
                warn(tasks_[task].place,
                     fmt::format("nothing waits for task '{}', and it waits for nothing", tasks_[task].name),
                     "is an edge missing? afterok = [\"…\"] makes one");
    }

    static bool has_named_edge(const Task& task) {
        return std::any_of(task.edges.begin(), task.edges.end(),
                           [](const Edge& edge) { return edge.origin == EdgeOrigin::named; });
    }

    void find_gpu_partitions() {
        const Place* last = nullptr;  // that of a default is told once
        for (const Task& task : tasks_) {
            const SbatchOption* const partition = task.option("partition");
            if (partition == nullptr || !partition->value || !says_gpu(*partition->value)) continue;
            const auto gpus = gpus_of(task);
            if (!gpus || *gpus > 0 || asks_otherwise(task)) continue;
            if (last != nullptr && last->line == partition->place.line) continue;
            last = &partition->place;
            warn(partition->place,
                 fmt::format("task '{}' goes to partition '{}' and asks for no GPU", task.name,
                             *partition->value),
                 "ask for some (gpus, gres), or give it another partition");
        }
    }

    /// All of the partitions have `gpu` in their names.
    static bool says_gpu(std::string_view partitions) {
        const auto parts = split(partitions, ',');
        return std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
            std::string name{part};
            std::transform(name.begin(), name.end(), name.begin(), lower);
            return name.find("gpu") != std::string::npos && name.find("cpu") == std::string::npos &&
                   name.find("nogpu") == std::string::npos;
        });
    }

    /// For a slice of a GPU, by a resource of another name.
    static bool asks_otherwise(const Task& task) {
        return task.option("gres") != nullptr || task.option("tres-per-task") != nullptr;
    }

    void find_missing_times() {
        const Task* first = nullptr;
        std::size_t count = 0;
        for (const Task& task : tasks_) {
            if (task.option("time") != nullptr || script_says_time(task)) continue;
            if (first == nullptr) first = &task;
            ++count;
        }
        if (first == nullptr) return;
        const std::string others =
            count == 1 ? "" : fmt::format(" and {} other{}", count - 1, count == 2 ? "" : "s");
        warn(first->place, fmt::format("no time limit for task '{}'{}", first->name, others),
             "the partition's default holds; with `time`, short jobs start sooner");
    }

    static bool script_says_time(const Task& task) {
        const auto* const script = std::get_if<ScriptFile>(&task.payload);
        if (script == nullptr) return false;
        Sources sources;
        const std::uint32_t file = sources.add(script->path, script->text);
        const auto options = read_script_options(sources, file).options;
        return std::any_of(options.begin(), options.end(),
                           [](const ScriptOption& option) { return option.name == "time"; });
    }

    void find_redundant_edges() {
        seen_.assign(tasks_.size(), 0);
        for (std::uint32_t task = 0; task < tasks_.size() && steps_ < k_most_steps; ++task)
            find_redundant_edges(task);
    }

    void find_redundant_edges(std::uint32_t at) {
        const Task& task = tasks_[at];
        if (task.condition || task.edges.size() < 2) return;
        for (const Edge& edge : task.edges) {
            const auto* const parent = std::get_if<TaskIndex>(&edge.parent);
            const bool by_success = edge.kind == EdgeKind::afterok;
            if (parent == nullptr || edge.origin != EdgeOrigin::named ||
                (!by_success && edge.kind != EdgeKind::afterany))
                continue;
            ++search_;
            for (const Edge& other : task.edges) {
                const auto* const way = std::get_if<TaskIndex>(&other.parent);
                if (way == nullptr || *way == *parent || other.kind != EdgeKind::afterok || other.element ||
                    other.origin != EdgeOrigin::named || !leads_to(way->value, parent->value))
                    continue;
                warn(edge.place,
                     fmt::format("task '{}' waits for '{}' anyway, by way of '{}'", task.name,
                                 tasks_[parent->value].name, tasks_[way->value].name),
                     "the edge says nothing more");
                break;
            }
        }
    }

    /// By successes alone, of whole tasks: who waits for `from` waits for `to`.
    bool leads_to(std::uint32_t from, std::uint32_t to) {
        std::vector<std::uint32_t> todo{from};
        while (!todo.empty() && steps_ < k_most_steps) {
            const std::uint32_t at = todo.back();
            todo.pop_back();
            if (seen_[at] == search_ || tasks_[at].condition) continue;
            seen_[at] = search_;
            for (const Edge& edge : tasks_[at].edges) {
                ++steps_;
                const auto* const parent = std::get_if<TaskIndex>(&edge.parent);
                if (parent == nullptr || edge.kind != EdgeKind::afterok || edge.element ||
                    edge.origin != EdgeOrigin::named)
                    continue;
                if (parent->value == to) return true;
                todo.push_back(parent->value);
            }
        }
        return false;
    }

    /// One after the other may write into the same place; at the same time it is a race.
    void find_shared_outputs() {
        for (const SharedOutput& shared : shared_outputs(all_tasks_)) {
            if (come_one_after_the_other(shared.first.value, shared.second.value)) continue;
            if (exclude_each_other(shared.first.value, shared.second.value)) continue;
            const std::string text = shown(with_names(shared.second_text->text));
            const std::string other = shown(with_names(shared.first_text->text));
            const std::string& first = tasks_[shared.first.value].name;
            const std::string& second = tasks_[shared.second.value].name;
            warn(
                shared.second_text->place,
                text == other
                    ? fmt::format(
                          "the output '{}' of '{}' is also one of '{}', and neither waits for the other",
                          text, second, first)
                    : fmt::format("the output '{}' of '{}' may also be written by '{}', as '{}', and neither "
                                  "waits for the other",
                                  text, second, first, other),
                "name the files of each, or give each a folder of its own");
        }
    }

    bool come_one_after_the_other(std::uint32_t a, std::uint32_t b) {
        return waits_for_end(a, b) || waits_for_end(b, a);
    }

    /// One wants a parent to succeed, the other wants it to fail.
    bool exclude_each_other(std::uint32_t a, std::uint32_t b) {
        for (const Edge& one : tasks_[a].edges) {
            for (const Edge& other : tasks_[b].edges) {
                if (++steps_ > k_most_steps) return true;
                const bool are_opposite =
                    (one.kind == EdgeKind::afterok && other.kind == EdgeKind::afternotok) ||
                    (one.kind == EdgeKind::afternotok && other.kind == EdgeKind::afterok);
                if (are_opposite && std::holds_alternative<TaskIndex>(one.parent) &&
                    one.parent == other.parent)
                    return true;
            }
        }
        return false;
    }

    /// By whatever edges, or-edges too, but for those that wait for a start only. True when it takes too long
    /// to find out.
    bool waits_for_end(std::uint32_t task, std::uint32_t parent) {
        ++search_;
        std::vector<std::uint32_t> todo{task};
        while (!todo.empty()) {
            const std::uint32_t at = todo.back();
            todo.pop_back();
            if (seen_[at] == search_) continue;
            seen_[at] = search_;
            for (const Edge& edge : tasks_[at].edges) {
                if (++steps_ > k_most_steps) return true;
                const auto* const next = std::get_if<TaskIndex>(&edge.parent);
                if (next == nullptr || edge.kind == EdgeKind::after || edge.origin == EdgeOrigin::limit)
                    continue;
                if (next->value == parent) return true;
                todo.push_back(next->value);
            }
        }
        return false;
    }

    const std::vector<Task>& all_tasks_;
    std::span<const Task> tasks_;  // without turnstiles
    Diagnostics found_;
    std::vector<std::uint32_t> seen_;  // by task: the search that saw it last
    std::uint32_t search_ = 0;
    std::size_t steps_ = 0;
};

}  // namespace

Diagnostics lint(const Workflow& workflow) {
    return Linter{workflow}.run();
}

}  // namespace sbraid

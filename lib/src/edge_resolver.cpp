// From names in lists to edges between tasks.
//
// First each task's lists are looked up, globs and ranges of elements spread out, and what says the same
// twice is merged. Then the graph is ordered and its cycles are named. Last come the checks that need arrays:
// `aftercorr` passes arrays down in topological order, so only then is it known whether `train[3]` exists.
#include "edge_resolver.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <span>
#include <tuple>

#include "graph.hpp"
#include "task_reference.hpp"

namespace sbraid {
namespace {

constexpr std::size_t k_most_edges =
    2'000'000;  // a Slurm job takes some 20,000 ids; half a GB of edges helps nobody

bool same_parent(const Edge& a, const Edge& b) {
    return a.parent == b.parent;
}

// Order by what an edge means, not by where it stands.
auto meaning(const Edge& edge) {
    return std::make_tuple(edge.parent, edge.kind, edge.element, edge.delay);
}

// Same indexes, whatever the limits.
bool same_indexes(const ArraySpec& a, const ArraySpec& b) {
    return a.size() == b.size() && (a.ranges == b.ranges || a.indexes() == b.indexes());
}

std::string indexes_of(const ArraySpec& spec) {
    return to_string(ArraySpec{spec.ranges, std::nullopt});
}

class Resolver {
  public:
    Resolver(Reader& reader, std::vector<Task>& tasks) : reader_(reader), tasks_(tasks), names_(tasks) {}

    void look_up(TaskIndex index, const std::vector<EdgeText>& texts) {
        Task& task = tasks_[index.value];
        edges_.clear();
        explicit_.clear();
        for (const EdgeText& text : texts) add(index, text);
        merge(task);
    }

    std::vector<TaskIndex> order() {
        Parents parents(tasks_.size());
        for (std::size_t i = 0; i < tasks_.size(); ++i) {
            for (const Edge& edge : tasks_[i].edges)
                if (const auto* parent = std::get_if<TaskIndex>(&edge.parent))
                    parents[i].push_back(parent->value);
        }
        for (const auto& cycle : cycles(parents)) report(cycle);
        std::vector<TaskIndex> result;
        result.reserve(tasks_.size());
        for (const std::uint32_t node : topological_order(parents)) result.emplace_back(node);
        return result;
    }

    void check_arrays(const std::vector<TaskIndex>& order) {
        for (const TaskIndex index : order) {
            Task& task = tasks_[index.value];
            for (const Edge& edge : task.edges)
                if (edge.kind == EdgeKind::aftercorr) match_arrays(task, edge);
        }
        for (const Task& task : tasks_) check_elements(task);
    }

  private:
    std::string& name(TaskIndex index) { return tasks_[index.value].name; }

    void add(TaskIndex child, const EdgeText& text) {
        const Result<TaskReference> reference = parse_task_reference(text.kind, text.text);
        if (!reference) {
            reader_.error(text.place, reference.error().message, reference.error().hint);
            return;
        }
        if (text.kind == EdgeKind::aftercorr &&
            (reference->elements || (reference->job && reference->job->element))) {
            reader_.error(text.place, fmt::format("'{}': 'aftercorr' takes whole tasks", text.text),
                          "it pairs the elements itself; for one element use afterok");
            return;
        }
        Edge edge{text.kind, JobId{}, std::nullopt, reference->delay, text.place};
        if (reference->job) {
            edge.parent = reference->job->job;
            edge.element = reference->job->element;
            push(edge, true);
        } else if (reference->is_glob) {
            add_matches(child, text, *reference, edge);
        } else if (const std::optional<TaskIndex> parent = names_.find(reference->name)) {
            if (*parent == child) {
                reader_.error(text.place, fmt::format("task '{}' waits for itself", name(child)));
                return;
            }
            edge.parent = *parent;
            spread(edge, *reference, true);
        } else {
            reader_.error(
                text.place,
                fmt::format("task '{}' waits for '{}', which is not a task", name(child), reference->name),
                hint_for(reference->name));
        }
    }

    std::string hint_for(std::string_view wrong) {
        if (wrong == "job") return "a job outside the file is \"job:12345\"";
        if (wrong.find_first_not_of("0123456789") == std::string_view::npos)
            return fmt::format("a job outside the file is \"job:{}\"", wrong);
        return names_.hint(wrong);
    }

    void add_matches(TaskIndex child, const EdgeText& text, const TaskReference& reference, Edge edge) {
        bool any = false;
        const std::vector<TaskIndex>& matches = names_.matches(reference.name);
        for (const TaskIndex parent : matches) {
            if (parent == child) continue;
            any = true;
            edge.parent = parent;
            if (!spread(edge, reference, false)) return;
        }
        if (any) return;
        reader_.error(
            text.place,
            matches.empty()
                ? fmt::format("task '{}' waits for '{}', which matches no task", name(child), reference.name)
                : fmt::format("task '{}' waits for '{}', which matches no task but itself", name(child),
                              reference.name));
    }

    // One edge for each element that is named. False when there are too many edges.
    bool spread(Edge edge, const TaskReference& reference, bool is_explicit) {
        if (!reference.elements) return push(edge, is_explicit);
        if (reference.elements->size() > k_most_edges) return complain_of_number(edge);
        for (const std::uint32_t element : reference.elements->indexes()) {
            edge.element = element;
            if (!push(edge, is_explicit)) return false;
        }
        return true;
    }

    bool push(const Edge& edge, bool is_explicit) {
        if (total_ >= k_most_edges) return complain_of_number(edge);
        ++total_;
        edges_.push_back(edge);
        explicit_.push_back(is_explicit);
        return true;
    }

    bool complain_of_number(const Edge& edge) {
        if (!complained_)
            reader_.error(edge.place, fmt::format("the workflow has more than {} edges", k_most_edges),
                          "let one task wait for the many, and the others for it");
        complained_ = true;
        return false;
    }

    // Moves edges_ to the task, each meaning once, and reports what can never be met.
    void merge(Task& task) {
        if (edges_.size() < 2) {
            task.edges = edges_;
            return;
        }
        std::vector<std::size_t> sorted(edges_.size());
        for (std::size_t i = 0; i < sorted.size(); ++i) sorted[i] = i;
        std::stable_sort(sorted.begin(), sorted.end(), [this](std::size_t a, std::size_t b) {
            return meaning(edges_[a]) < meaning(edges_[b]);
        });
        std::vector<bool> keep(edges_.size(), true);
        for (std::size_t begin = 0; begin < sorted.size();) {
            std::size_t end = begin + 1;
            while (end < sorted.size() && same_parent(edges_[sorted[begin]], edges_[sorted[end]])) ++end;
            merge_parent(task, std::span{sorted}.subspan(begin, end - begin), keep);
            begin = end;
        }
        task.edges.reserve(edges_.size());
        for (std::size_t i = 0; i < edges_.size(); ++i)
            if (keep[i]) task.edges.push_back(edges_[i]);
    }

    // `group`: the edges to one parent, sorted by meaning, equal ones in file order.
    void merge_parent(const Task& task, std::span<const std::size_t> group, std::vector<bool>& keep) {
        const Edge* whole_ok = nullptr;
        for (std::size_t i = 0; i < group.size(); ++i) {
            const Edge& edge = edges_[group[i]];
            if (i > 0 && meaning(edges_[group[i - 1]]) == meaning(edge)) {
                keep[group[i]] = false;
                if (explicit_[group[i]] && explicit_[group[i - 1]])
                    reader_.warning(edge.place,
                                    fmt::format("task '{}' names '{}' twice under '{}'", task.name,
                                                parent_name(edge), to_string(edge.kind)),
                                    "once is enough");
            }
            if (edge.kind == EdgeKind::afterok && !edge.element) whole_ok = &edge;
        }
        for (const std::size_t i : group) {
            const Edge& edge = edges_[i];
            if (edge.kind != EdgeKind::afternotok) continue;
            const bool contradicts =
                whole_ok != nullptr || std::any_of(group.begin(), group.end(), [&](std::size_t j) {
                    return edges_[j].kind == EdgeKind::afterok && edges_[j].element == edge.element;
                });
            if (!contradicts) continue;
            reader_.error(edge.place,
                          fmt::format("task '{}' can never run: it waits for '{}' to succeed and to fail",
                                      task.name, parent_name(edge)),
                          "leave one out; afterany waits for either");
            return;
        }
    }

    std::string parent_name(const Edge& edge) {
        const auto* task = std::get_if<TaskIndex>(&edge.parent);
        std::string base =
            task != nullptr ? name(*task) : fmt::format("job:{}", std::get<JobId>(edge.parent).value);
        if (!edge.element) return base;
        return task != nullptr ? fmt::format("{}[{}]", base, *edge.element)
                               : fmt::format("{}_{}", base, *edge.element);
    }

    void report(const std::vector<std::uint32_t>& cycle) {
        constexpr std::size_t k_shown = 20;
        std::vector<std::string_view> path;
        for (const std::uint32_t node : cycle) {
            if (path.size() == k_shown) path.emplace_back("…");
            if (path.size() < k_shown) path.push_back(tasks_[node].name);
        }
        path.push_back(tasks_[cycle.front()].name);
        const Task& first = tasks_[cycle.front()];
        const auto closing = std::find_if(first.edges.begin(), first.edges.end(), [&cycle](const Edge& edge) {
            const auto* parent = std::get_if<TaskIndex>(&edge.parent);
            return parent != nullptr && parent->value == cycle.back();
        });
        reader_.error(closing->place,
                      fmt::format("these tasks wait for each other: {}", fmt::join(path, " -> ")),
                      "each waits for the one before it; remove one of these edges");
    }

    void match_arrays(Task& task, const Edge& edge) {
        const auto* parent = std::get_if<TaskIndex>(&edge.parent);
        if (parent == nullptr) {
            if (!task.array)
                reader_.error(
                    edge.place,
                    fmt::format("'aftercorr' goes element by element, but '{}' is not an array", task.name),
                    "give it an array, or use afterok");
            return;
        }
        const Task& other = tasks_[parent->value];
        if (!other.array) {
            reader_.error(
                edge.place,
                fmt::format("'aftercorr' goes element by element, but '{}' is not an array", other.name),
                "use afterok");
        } else if (!task.array) {
            task.array = ArraySpec{other.array->ranges, std::nullopt};
        } else if (!same_indexes(*task.array, *other.array)) {
            reader_.error(
                edge.place,
                fmt::format("'aftercorr' goes element by element, but '{}' has {} and '{}' has {}", task.name,
                            indexes_of(*task.array), other.name, indexes_of(*other.array)),
                fmt::format("leave the array of '{}' out to take over that of '{}'", task.name, other.name));
        }
    }

    void check_elements(const Task& task) {
        const Place* reported = nullptr;
        for (const Edge& edge : task.edges) {
            const auto* parent = std::get_if<TaskIndex>(&edge.parent);
            if (parent == nullptr || !edge.element) continue;
            const Task& other = tasks_[parent->value];
            if (other.array && other.array->contains(*edge.element)) continue;
            if (reported != nullptr && reported->line == edge.place.line &&
                reported->column == edge.place.column)
                continue;
            reported = &edge.place;
            if (other.array)
                reader_.error(edge.place,
                              fmt::format("task '{}' has no element {}", other.name, *edge.element),
                              fmt::format("its elements are {}", indexes_of(*other.array)));
            else
                reader_.error(edge.place,
                              fmt::format("'{}' names an element, but task '{}' is not an array",
                                          parent_name(edge), other.name),
                              fmt::format("write \"{}\"", other.name));
        }
    }

    Reader& reader_;
    std::vector<Task>& tasks_;
    NameIndex names_;
    std::vector<Edge> edges_;     // of the task at hand, in file order
    std::vector<bool> explicit_;  // parallel: named, not matched by a glob
    std::size_t total_ = 0;
    bool complained_ = false;
};

}  // namespace

std::vector<TaskIndex> resolve_edges(Reader& reader, std::vector<Task>& tasks,
                                     const std::vector<std::vector<EdgeText>>& texts) {
    Resolver resolver{reader, tasks};
    for (std::uint32_t i = 0; i < tasks.size(); ++i) resolver.look_up(TaskIndex{i}, texts[i]);
    std::vector<TaskIndex> order = resolver.order();
    resolver.check_arrays(order);
    return order;
}

}  // namespace sbraid

// From names in lists and expressions to edges between tasks.
//
// First arrays and matrices are passed down along `aftercorr`, so that it is known which elements a task has.
// Then each task's names are looked up, globs and slices spread out, and what says the same twice is merged.
// At last the graph is ordered and its cycles are named.
#include "edge_resolver.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <span>
#include <tuple>

#include "data_edges.hpp"
#include "dependency_expression.hpp"
#include "element_model.hpp"
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

Parents parents_of(const std::vector<Task>& tasks) {
    Parents parents(tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        for (const Edge& edge : tasks[i].edges)
            if (const auto* parent = std::get_if<TaskIndex>(&edge.parent))
                parents[i].push_back(parent->value);
    }
    return parents;
}

std::vector<TaskIndex> indexes_in_order(const Parents& parents) {
    std::vector<TaskIndex> result;
    result.reserve(parents.size());
    for (const std::uint32_t node : topological_order(parents)) result.emplace_back(node);
    return result;
}

class Resolver {
  public:
    Resolver(Reader& reader, std::vector<Task>& tasks)
        : reader_(reader), tasks_(tasks), names_(tasks), is_final_(tasks.size()) {
        for (std::size_t i = 0; i < tasks.size(); ++i) is_final_[i] = tasks[i].final;
    }

    /// A task with aftercorr and no elements of its own has those of the first parent that has some.
    void pass_down_elements(const std::vector<NeedsText>& texts) {
        // Along chains of such tasks, each walked once.
        enum class Seen : std::uint8_t { no, on_the_way, done };
        std::vector<Seen> seen(tasks_.size(), Seen::no);
        std::vector<std::uint32_t> way;
        for (std::uint32_t start = 0; start < tasks_.size(); ++start) {
            std::uint32_t at = start;
            while (seen[at] == Seen::no) {
                seen[at] = Seen::on_the_way;
                way.push_back(at);
                const auto parent =
                    tasks_[at].array ? std::nullopt
                                     : model_of(names_, is_final_, TaskIndex{at}, followed_names(texts[at]));
                if (!parent) break;
                at = parent->value;
            }
            for (; !way.empty(); way.pop_back()) {
                Task& task = tasks_[way.back()];
                seen[way.back()] = Seen::done;
                if (const Task& model = tasks_[at]; !task.array && model.array) {
                    task.array = ArraySpec{model.array->ranges, task.limit};
                    task.matrix = model.matrix;
                }
                at = way.back();
            }
        }
    }

    void look_up(TaskIndex index, const NeedsText& texts) {
        Task& task = tasks_[index.value];
        edges_.clear();
        explicit_.clear();
        complete_ = true;
        Condition needs;
        for (const EdgeText& text : texts.lists) add(index, text, needs);
        if (texts.dependency) add_expression(index, *texts.dependency, needs);
        if (!complete_) {  // what is left of it means something else
            task.edges = edges_;
            return;
        }
        unwrap(needs);
        if (needs.join == Join::all && needs.groups.empty()) {
            merge(task, needs.edges);
            if (task.final) add_all_tasks(task);
            return;
        }
        if (needs.join == Join::all) std::ignore = compare(task, needs.edges);
        for (const Edge& edge : edges_) {
            if (edge.kind != EdgeKind::aftercorr || (needs.join == Join::all && is_in(needs.edges, edge)))
                continue;
            reader_.error(edge.place, "'aftercorr' goes with all others, not with any of them",
                          "it pairs elements: put it outside of the parentheses, with ',' before and behind");
            break;
        }
        task.edges = edges_;
        task.condition = std::move(needs);
        if (task.final) add_all_tasks(task);
    }

    std::vector<TaskIndex> order() {
        const Parents parents = parents_of(tasks_);
        for (const auto& cycle : cycles(parents)) report(cycle);
        return indexes_in_order(parents);
    }

    void check_pairs() {
        for (const Task& task : tasks_)
            for (const Edge& edge : task.edges)
                if (edge.kind == EdgeKind::aftercorr) check_pair(task, edge);
    }

  private:
    /// What is final comes after the end of all that is not.
    void add_all_tasks(Task& task) {
        std::vector<Edge> edges;
        for (std::uint32_t i = 0; i < tasks_.size(); ++i)
            if (!tasks_[i].final)
                edges.push_back({.kind = EdgeKind::afterany,
                                 .parent = TaskIndex{i},
                                 .element = {},
                                 .place = task.place,
                                 .origin = EdgeOrigin::final});
        total_ += edges.size();
        if (total_ > k_most_edges) {
            complain_of_number(task.place);
            return;
        }
        add_required_edges(task, std::move(edges));
    }

    std::string& name(TaskIndex index) { return tasks_[index.value].name; }

    [[nodiscard]] bool is_in(const std::vector<std::uint32_t>& numbers, const Edge& edge) const {
        const auto number = static_cast<std::uint32_t>(&edge - edges_.data());
        return std::binary_search(numbers.begin(), numbers.end(), number);
    }

    void wrong(const Place& place, std::string message, std::string hint = {}) {
        complete_ = false;
        reader_.error(place, std::move(message), std::move(hint));
    }

    void add_expression(TaskIndex child, const PlacedText& text, Condition& into) {
        const auto parsed = parse_dependency_expression(text.text);
        if (!parsed) {
            const ExpressionError& error = parsed.error();
            wrong(reader_.place_in(text, error.offset, error.length),
                  fmt::format("dependency: {}", error.message), error.hint);
            return;
        }
        if (parsed->singleton) tasks_[child.value].singleton = true;
        add_group(child, text, *parsed, into);
    }

    /// Adds a part of an expression to the level that it stands in.
    void add_group(TaskIndex child, const PlacedText& whole, const DependencyExpression& group,
                   Condition& into) {
        Condition own{group.join, {}, {}};
        for (const auto& leaf : group.leaves)
            add(child,
                {leaf.kind, std::string{leaf.name}, reader_.place_in(whole, leaf.offset, leaf.name.size())},
                own);
        for (const DependencyExpression& inner : group.groups) add_group(child, whole, inner, own);
        join(std::move(own), into);
    }

    /// What is joined alike, or is a single part, needs no level of its own.
    static void join(Condition part, Condition& into) {
        unwrap(part);
        if (part.join != into.join && part.edges.size() + part.groups.size() > 1) {
            into.groups.push_back(std::move(part));
            return;
        }
        into.edges.insert(into.edges.end(), part.edges.begin(), part.edges.end());
        std::move(part.groups.begin(), part.groups.end(), std::back_inserter(into.groups));
    }

    /// A level that is nothing but one other level.
    static void unwrap(Condition& level) {
        while (level.edges.empty() && level.groups.size() == 1) {
            Condition only = std::move(level.groups.front());
            level = std::move(only);
        }
    }

    void add(TaskIndex child, const EdgeText& text, Condition& into) {
        const Result<TaskReference> reference = parse_task_reference(text.kind, text.text);
        if (!reference) {
            wrong(text.place, reference.error().message, reference.error().hint);
            return;
        }
        if (text.kind == EdgeKind::aftercorr &&
            (reference->has_elements() || (reference->job && reference->job->element))) {
            wrong(text.place, fmt::format("'{}': 'aftercorr' takes whole tasks", text.text),
                  "it pairs the elements itself; for one element use afterok");
            return;
        }
        Edge edge{.kind = text.kind,
                  .parent = JobId{},
                  .element = {},
                  .delay = reference->delay,
                  .place = text.place};
        if (reference->job) {
            edge.parent = reference->job->job;
            edge.element = reference->job->element;
            push(edge, true, into);
        } else if (reference->is_glob) {
            add_matches(child, text, *reference, edge, into);
        } else if (const std::optional<TaskIndex> parent = names_.find(reference->name)) {
            if (*parent == child) {
                wrong(text.place, fmt::format("task '{}' waits for itself", name(child)));
                return;
            }
            if (tasks_[parent->value].final && !tasks_[child.value].final) {
                wrong(text.place,
                      fmt::format("task '{}' waits for '{}', which runs when all tasks have ended",
                                  name(child), reference->name),
                      fmt::format("write [final.{}]", name(child)));
                return;
            }
            edge.parent = *parent;
            spread(edge, *reference, true, into);
        } else {
            wrong(text.place,
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

    void add_matches(TaskIndex child, const EdgeText& text, const TaskReference& reference, Edge edge,
                     Condition& into) {
        bool any = false;
        const std::vector<TaskIndex>& matches = names_.matches(reference.name);
        for (const TaskIndex parent : matches) {
            if (!glob_takes(parent, child, is_final_)) continue;
            any = true;
            edge.parent = parent;
            if (!spread(edge, reference, false, into)) return;
        }
        if (any) return;
        const bool only_itself = matches == std::vector{child};
        const std::string_view but = matches.empty() ? "" : only_itself ? " but itself" : " but final ones";
        wrong(text.place,
              fmt::format("task '{}' waits for '{}', which matches no task{}", name(child), reference.name,
                          but),
              matches.empty() || only_itself ? "" : "a final task is named in full");
    }

    // One edge for each element that is named. Like a whole array, they have succeeded when all have, and
    // failed when one has. False when there is no going on.
    bool spread(Edge edge, const TaskReference& reference, bool is_explicit, Condition& into) {
        if (!reference.has_elements()) return push(edge, is_explicit, into);
        const std::optional<std::vector<std::uint32_t>> elements = elements_of(edge, reference);
        if (!elements) return false;
        Condition all{edge.kind == EdgeKind::afternotok ? Join::any : Join::all, {}, {}};
        for (const std::uint32_t element : *elements) {
            edge.element = element;
            if (!push(edge, is_explicit, all)) return false;
        }
        join(std::move(all), into);
        return true;
    }

    bool push(const Edge& edge, bool is_explicit, Condition& into) {
        if (total_ >= k_most_edges) return complain_of_number(edge.place);
        ++total_;
        into.edges.push_back(static_cast<std::uint32_t>(edges_.size()));
        edges_.push_back(edge);
        explicit_.push_back(is_explicit);
        return true;
    }

    /// The elements of the edge's parent that are named. nullopt: there are none such, which has been
    /// reported.
    std::optional<std::vector<std::uint32_t>> elements_of(const Edge& edge, const TaskReference& reference) {
        const Task& parent = tasks_[std::get<TaskIndex>(edge.parent).value];
        if (!parent.array) {
            wrong(edge.place,
                  fmt::format("'{}' names an element, but task '{}' is neither an array nor a matrix",
                              reference.text, parent.name),
                  fmt::format("write \"{}\"", parent.name));
            return std::nullopt;
        }
        if (!reference.elements) {
            if (!parent.matrix) {
                wrong(
                    edge.place,
                    fmt::format("'{}' names values, but task '{}' is no matrix", reference.text, parent.name),
                    fmt::format("its elements are {}", indexes_of(*parent.array)));
                return std::nullopt;
            }
            auto selected = parent.matrix->select(reference.selection);
            if (selected) return std::move(*selected);
            wrong(edge.place, fmt::format("'{}': {}", reference.text, selected.error().message),
                  selected.error().hint);
            return std::nullopt;
        }
        if (reference.elements->size() > k_most_edges) {
            complain_of_number(edge.place);
            return std::nullopt;
        }
        std::vector<std::uint32_t> elements = reference.elements->indexes();
        for (const std::uint32_t element : elements) {
            if (parent.array->contains(element)) continue;
            wrong(edge.place, fmt::format("task '{}' has no element {}", parent.name, element),
                  parent.matrix ? fmt::format("name its values: \"{}[{}]\"", parent.name,
                                              parent.matrix->label(parent.array->min()))
                                : fmt::format("its elements are {}", indexes_of(*parent.array)));
            return std::nullopt;
        }
        return elements;
    }

    bool complain_of_number(const Place& place) {
        if (!complained_)
            reader_.error(place, fmt::format("the workflow has more than {} edges", k_most_edges),
                          "let one task wait for the many, and the others for it");
        complained_ = true;
        return false;
    }

    // Moves edges_, which must all be met, to the task, each meaning once.
    void merge(Task& task, const std::vector<std::uint32_t>& numbers) {
        const std::vector<bool> keep = compare(task, numbers);
        task.edges.reserve(edges_.size());
        for (std::size_t i = 0; i < edges_.size(); ++i)
            if (keep[i]) task.edges.push_back(edges_[i]);
    }

    // Of edges that must all be met: false for those whose meaning another one has. Reports what can never be
    // met.
    std::vector<bool> compare(const Task& task, std::vector<std::uint32_t> numbers) {
        std::vector<bool> keep(edges_.size(), true);
        if (numbers.size() < 2) return keep;
        std::stable_sort(numbers.begin(), numbers.end(), [this](std::uint32_t a, std::uint32_t b) {
            return meaning(edges_[a]) < meaning(edges_[b]);
        });
        for (std::size_t begin = 0; begin < numbers.size();) {
            std::size_t end = begin + 1;
            while (end < numbers.size() && same_parent(edges_[numbers[begin]], edges_[numbers[end]])) ++end;
            merge_parent(task, std::span{numbers}.subspan(begin, end - begin), keep);
            begin = end;
        }
        return keep;
    }

    // `group`: the edges to one parent, sorted by meaning, equal ones in file order.
    void merge_parent(const Task& task, std::span<const std::uint32_t> group, std::vector<bool>& keep) {
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
        for (const std::uint32_t i : group) {
            const Edge& edge = edges_[i];
            if (edge.kind != EdgeKind::afternotok) continue;
            const bool contradicts =
                whole_ok != nullptr || std::any_of(group.begin(), group.end(), [&](std::uint32_t j) {
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
        if (task == nullptr) return fmt::format("{}_{}", base, *edge.element);
        const std::optional<Matrix>& matrix = tasks_[task->value].matrix;
        return matrix ? fmt::format("{}[{}]", base, matrix->label(*edge.element))
                      : fmt::format("{}[{}]", base, *edge.element);
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

    void check_pair(const Task& task, const Edge& edge) {
        const auto wrong = [&](const std::string& what, const std::string& hint) {
            reader_.error(edge.place, fmt::format("'aftercorr' goes element by element, but {}", what), hint);
        };
        const auto* parent = std::get_if<TaskIndex>(&edge.parent);
        if (parent == nullptr) {
            if (!task.array)
                wrong(fmt::format("'{}' is not an array", task.name), "give it an array, or use afterok");
            return;
        }
        const Task& other = tasks_[parent->value];
        if (!other.array) {
            wrong(fmt::format("'{}' is neither an array nor a matrix", other.name), "use afterok");
        } else if (!task.array) {
            if (!reader_.has_errors())  // a cycle, or what else it follows, has been reported
                wrong(fmt::format("'{}' has no elements", task.name), "give it an array, or use afterok");
        } else if (!same_indexes(*task.array, *other.array)) {
            wrong(
                fmt::format("'{}' has {} and '{}' has {}", task.name, indexes_of(*task.array), other.name,
                            indexes_of(*other.array)),
                fmt::format("leave the array of '{}' out to take over that of '{}'", task.name, other.name));
        } else if (task.matrix && other.matrix && *task.matrix != *other.matrix) {
            wrong(
                fmt::format("the matrix of '{}' is not that of '{}'", task.name, other.name),
                fmt::format("leave the matrix of '{}' out to take over that of '{}'", task.name, other.name));
        }
    }

    Reader& reader_;
    std::vector<Task>& tasks_;
    NameIndex names_;
    std::vector<bool> is_final_;  // by TaskIndex
    std::vector<Edge> edges_;     // of the task at hand, in file order
    std::vector<bool> explicit_;  // parallel: named, not matched by a glob
    std::size_t total_ = 0;
    bool complained_ = false;
    bool complete_ = true;  // nothing was wrong so far with what the task at hand waits for
};

}  // namespace

void add_required_edges(Task& task, std::vector<Edge> edges) {
    const auto first = static_cast<std::uint32_t>(task.edges.size());
    task.edges.insert(task.edges.end(), edges.begin(), edges.end());
    if (!task.condition || edges.empty()) return;
    if (task.condition->join == Join::any)
        task.condition = Condition{Join::all, {}, {*std::move(task.condition)}};
    for (std::uint32_t edge = first; edge < task.edges.size(); ++edge) task.condition->edges.push_back(edge);
}

std::vector<TaskIndex> order_of(const std::vector<Task>& tasks) {
    return indexes_in_order(parents_of(tasks));
}

std::vector<TaskIndex> resolve_edges(Reader& reader, std::vector<Task>& tasks,
                                     const std::vector<NeedsText>& texts) {
    Resolver resolver{reader, tasks};
    resolver.pass_down_elements(texts);
    for (std::uint32_t i = 0; i < tasks.size(); ++i) resolver.look_up(TaskIndex{i}, texts[i]);
    add_data_edges(reader, tasks);
    std::vector<TaskIndex> order = resolver.order();
    resolver.check_pairs();
    return order;
}

}  // namespace sbraid

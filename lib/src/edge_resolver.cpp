// From names in lists and expressions to edges between tasks.
//
// First arrays and matrices are passed down along `aftercorr`, so that it is known which elements a task has.
// Then each task's names are looked up, globs and slices spread out, and what says the same twice is merged:
// those of inner files first, because an edge to a sub-workflow depends on what its tasks wait for.
// At last the graph is ordered and its cycles are named.
#include "edge_resolver.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <limits>
#include <span>
#include <tuple>

#include "data_edges.hpp"
#include "dependency_expression.hpp"
#include "element_model.hpp"
#include "graph.hpp"
#include "name_index.hpp"
#include "sbraid/suggest.hpp"
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
    Resolver(Reader& reader, std::vector<Task>& tasks, const std::vector<NeedsText>& texts,
             const Composition& composition, const std::vector<TaskRange>& ranges)
        : reader_(reader),
          tasks_(tasks),
          texts_(texts),
          composition_(composition),
          ranges_(ranges),
          ends_(ranges.size()),
          names_(tasks),
          is_final_(tasks.size()) {
        for (std::size_t i = 0; i < tasks.size(); ++i) is_final_[i] = tasks[i].final;
    }

    /// A task with aftercorr and no elements of its own has those of the first parent that has some.
    void pass_down_elements() {
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
                    tasks_[at].array
                        ? std::nullopt
                        : model_of(names_, is_final_, TaskIndex{at},
                                   composition_.full_names(texts_[at].unit, followed_names(texts_[at])));
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

    void look_up_all() {
        std::vector<std::vector<std::uint32_t>> tasks(ranges_.size());
        std::vector<std::vector<std::uint32_t>> inner(ranges_.size());
        for (std::uint32_t task = 0; task < tasks_.size(); ++task) tasks[texts_[task].unit].push_back(task);
        for (std::uint32_t unit = 1; unit < ranges_.size(); ++unit)
            inner[composition_.units()[unit].parent].push_back(unit);
        for (auto unit = static_cast<std::uint32_t>(ranges_.size()); unit-- > 0;) {
            for (const std::uint32_t task : tasks[unit]) look_up(TaskIndex{task});
            for (const std::uint32_t one : inner[unit]) look_up_unit(one);
        }
    }

    std::vector<TaskIndex> order() {
        const Parents parents = parents_of(tasks_);
        for (const auto& cycle : cycles(parents)) report(cycle);
        return indexes_in_order(parents);
    }

    void check_pairs() {
        for (std::uint32_t task = 0; task < tasks_.size(); ++task)
            for (const Edge& edge : tasks_[task].edges)
                if (edge.kind == EdgeKind::aftercorr) check_pair(TaskIndex{task}, edge);
    }

  private:
    /// Who waits: a task, or a sub-workflow.
    struct Child {
        std::uint32_t unit = 0;  ///< where its names are looked up
        std::string_view name;   ///< there
        std::optional<TaskIndex> task;
        std::optional<std::uint32_t> sub_workflow;
        bool final = false;
    };

    void look_up(TaskIndex index) {
        Task& task = tasks_[index.value];
        const std::uint32_t unit = texts_[index.value].unit;
        Condition needs = needs_of({.unit = unit,
                                    .name = name_in(unit, task.name),
                                    .task = index,
                                    .sub_workflow = {},
                                    .final = task.final},
                                   texts_[index.value]);
        task.edges = edges_;
        if (!complete_) return;
        if (needs.join == Join::any || !needs.groups.empty()) task.condition = std::move(needs);
        if (task.final) add_all_tasks(task, unit);
    }

    /// Gives what a sub-workflow waits for to those of its tasks that have to wait for it.
    void look_up_unit(std::uint32_t number) {
        const Unit& unit = composition_.units()[number];
        const SubWorkflow& sub = composition_.sub_workflows()[unit.sub_workflow];
        const Condition needs =
            needs_of({.unit = unit.parent, .name = sub.name, .task = {}, .sub_workflow = unit.sub_workflow},
                     unit.needs);
        if (!complete_ || edges_.empty()) return;
        const bool is_plain = needs.join == Join::all && needs.groups.empty();
        for (const std::uint32_t number_of_task : needing_edges(tasks_, ranges_[number])) {
            Task& task = tasks_[number_of_task];
            if ((total_ += edges_.size()) > k_most_edges) {
                complain_of_number(edges_.front().place);
                return;
            }
            const auto shift = static_cast<std::uint32_t>(task.edges.size());
            if (!is_plain && !task.condition) task.condition = all_edges(task);
            task.edges.insert(task.edges.end(), edges_.begin(), edges_.end());
            if (!task.condition) continue;
            if (task.condition->join == Join::any &&
                task.condition->edges.size() + task.condition->groups.size() > 1)
                task.condition = Condition{Join::all, {}, {*std::move(task.condition)}};
            task.condition->join = Join::all;
            join(shifted(needs, shift), *task.condition);
            unwrap(*task.condition);
        }
    }

    static Condition all_edges(const Task& task) {
        Condition all;
        for (std::uint32_t edge = 0; edge < task.edges.size(); ++edge) all.edges.push_back(edge);
        return all;
    }

    static Condition shifted(Condition condition, std::uint32_t by) {
        for (std::uint32_t& edge : condition.edges) edge += by;
        for (Condition& group : condition.groups) group = shifted(std::move(group), by);
        return condition;
    }

    /// Fills edges_, and returns how they are joined. With complete_ false what is left of it means something
    /// else.
    Condition needs_of(const Child& child, const NeedsText& texts) {
        unit_ = child.unit;
        edges_.clear();
        explicit_.clear();
        complete_ = true;
        Condition needs;
        for (const EdgeText& text : texts.lists) add(child, text, needs);
        if (texts.dependency) add_expression(child, *texts.dependency, needs);
        if (!complete_) return needs;
        unwrap(needs);
        if (needs.join == Join::all && needs.groups.empty()) {
            merge(child, needs.edges);
            needs.edges.resize(edges_.size());
            for (std::uint32_t edge = 0; edge < edges_.size(); ++edge) needs.edges[edge] = edge;
            return needs;
        }
        if (needs.join == Join::all) std::ignore = compare(child, needs.edges);
        for (const Edge& edge : edges_) {
            if (edge.kind != EdgeKind::aftercorr || (needs.join == Join::all && is_in(needs.edges, edge)))
                continue;
            reader_.error(edge.place, "'aftercorr' goes with all others, not with any of them",
                          "it pairs elements: put it outside of the parentheses, with ',' before and behind");
            break;
        }
        return needs;
    }

    /// What is final comes after the end of all that is not, in the same file and inside of that.
    void add_all_tasks(Task& task, std::uint32_t unit) {
        std::vector<Edge> edges;
        for (std::uint32_t i = ranges_[unit].begin; i < ranges_[unit].end; ++i)
            if (!tasks_[i].final || texts_[i].unit != unit)
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

    /// The name of a task as it is written in a file of a unit that holds it.
    [[nodiscard]] std::string_view name_in(std::uint32_t unit, std::string_view full) const {
        const std::string& prefix = composition_.units()[unit].prefix;
        return full.starts_with(prefix) ? full.substr(prefix.size()) : full;
    }
    [[nodiscard]] std::string_view name_in(std::uint32_t unit, TaskIndex task) const {
        return name_in(unit, tasks_[task.value].name);
    }

    /// The tasks of a unit's own file that a glob matches.
    std::vector<TaskIndex> matches(std::uint32_t unit, std::string_view glob) {
        std::vector<TaskIndex> found = names_.matches(composition_.units()[unit].prefix + std::string{glob});
        if (ranges_.size() > 1)
            std::erase_if(found, [&](TaskIndex task) { return texts_[task.value].unit != unit; });
        return found;
    }

    [[nodiscard]] bool is_in(const std::vector<std::uint32_t>& numbers, const Edge& edge) const {
        const auto number = static_cast<std::uint32_t>(&edge - edges_.data());
        return std::binary_search(numbers.begin(), numbers.end(), number);
    }

    void wrong(const Place& place, std::string message, std::string hint = {}) {
        complete_ = false;
        reader_.error(place, std::move(message), std::move(hint));
    }

    void add_expression(const Child& child, const PlacedText& text, Condition& into) {
        const auto parsed = parse_dependency_expression(text.text);
        if (!parsed) {
            const ExpressionError& error = parsed.error();
            wrong(reader_.place_in(text, error.offset, error.length),
                  fmt::format("dependency: {}", error.message), error.hint);
            return;
        }
        if (parsed->singleton && child.task)
            tasks_[child.task->value].singleton = true;
        else if (parsed->singleton)
            wrong(text.place, "'singleton' does not go with 'workflow'",
                  "write it in the tasks that it is about");
        add_group(child, text, *parsed, into);
    }

    /// Adds a part of an expression to the level that it stands in.
    void add_group(const Child& child, const PlacedText& whole, const DependencyExpression& group,
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

    void add(const Child& child, const EdgeText& text, Condition& into) {
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
        } else {
            add_path(child, *reference, 0, child.unit, edge, into);
        }
    }

    /// Goes down the steps of a path, from `unit` on.
    bool add_path(const Child& child, const TaskReference& reference, std::size_t depth, std::uint32_t unit,
                  const Edge& edge, Condition& into) {
        if (depth == reference.path.size())
            return reference.is_glob ? add_matches(child, unit, reference, edge, into)
                                     : add_named(child, unit, reference, edge, into);
        const PathStep& step = reference.path[depth];
        const std::vector<std::uint32_t> found = composition_.find(unit, step);
        if (found.empty()) {
            wrong(edge.place,
                  fmt::format("task '{}' waits for '{}', but there is no sub-workflow '{}'", child.name,
                              reference.text, step.name),
                  hint_for_sub_workflow(unit, step.name));
            return false;
        }
        for (const std::uint32_t sub_workflow : found) {
            const auto units = units_of(sub_workflow, step, reference, edge);
            if (!units) return false;
            Condition part = part_of(edge);
            for (const std::uint32_t inner : *units)
                if (!add_path(child, reference, depth + 1, inner, edge, part)) return false;
            join(std::move(part), into);
        }
        return true;
    }

    /// Several of one name have succeeded when all have, and failed when one has.
    static Condition part_of(const Edge& edge) {
        return {edge.kind == EdgeKind::afternotok ? Join::any : Join::all, {}, {}};
    }

    /// nullopt: there are none, which has been reported.
    std::optional<std::vector<std::uint32_t>> units_of(std::uint32_t sub_workflow, const PathStep& step,
                                                       const TaskReference& reference, const Edge& edge) {
        auto units = composition_.units_of(sub_workflow, step);
        if (!units)
            wrong(edge.place, fmt::format("'{}': {}", reference.text, units.error().message),
                  units.error().hint);
        else if (units->empty())
            complete_ = false;  // its file is wrong
        else
            return *std::move(units);
        return std::nullopt;
    }

    bool add_named(const Child& child, std::uint32_t unit, const TaskReference& reference, Edge edge,
                   Condition& into) {
        const std::string& prefix = composition_.units()[unit].prefix;
        const auto parent =
            prefix.empty() ? names_.find(reference.name) : names_.find(prefix + std::string{reference.name});
        if (parent == child.task && parent) {
            wrong(edge.place, fmt::format("task '{}' waits for itself", child.name));
        } else if (parent && tasks_[parent->value].final && !child.final && unit == child.unit) {
            wrong(edge.place,
                  fmt::format("task '{}' waits for '{}', which runs when all tasks have ended", child.name,
                              reference.name),
                  fmt::format("write [final.{}]", child.name));
        } else if (parent) {
            edge.parent = *parent;
            return spread(edge, reference, reference.path.empty(), into);
        } else if (const auto found = composition_.find(unit, reference); !found.empty()) {
            return add_sub_workflow(child, found.front(), reference, edge, into);
        } else {
            wrong(edge.place,
                  fmt::format("task '{}' waits for '{}', which is not a task", child.name,
                              reference.path.empty() ? reference.name : reference.text),
                  hint_for(unit, reference.name));
        }
        return false;
    }

    bool add_sub_workflow(const Child& child, std::uint32_t sub_workflow, const TaskReference& reference,
                          Edge edge, Condition& into) {
        if (sub_workflow == child.sub_workflow) {
            wrong(edge.place, fmt::format("task '{}' waits for itself", child.name));
            return false;
        }
        if (edge.kind == EdgeKind::aftercorr) {
            wrong(edge.place,
                  fmt::format("'{}' is a sub-workflow, and 'aftercorr' goes element by element",
                              reference.text),
                  fmt::format("name a task of it, \"{}/…\", or use afterok",
                              composition_.sub_workflows()[sub_workflow].name));
            return false;
        }
        const auto units = units_of(sub_workflow, reference, reference, edge);
        if (!units) return false;
        Condition part = part_of(edge);
        for (const std::uint32_t unit : *units)
            for (const std::uint32_t task : targets(unit, edge.kind)) {
                edge.parent = TaskIndex{task};
                if (!push(edge, false, part)) return false;
            }
        if (part.edges.empty()) {
            wrong(edge.place,
                  fmt::format("'{}' waits for '{}', of which no task ends by itself", child.name,
                              reference.text),
                  "name a task of it");
            return false;
        }
        join(std::move(part), into);
        return true;
    }

    /// The tasks of a sub-workflow that an edge to the whole of it goes to.
    std::vector<std::uint32_t> targets(std::uint32_t unit, EdgeKind kind) {
        const TaskRange range = ranges_[unit];
        if (kind == EdgeKind::afterany) {
            std::vector<std::uint32_t> all;
            for (std::uint32_t task = range.begin; task < range.end; ++task)
                if (!tasks_[task].service) all.push_back(task);
            return all;
        }
        auto& ends = ends_[unit];
        if (!ends) ends = ends_of(tasks_, range);
        return kind == EdgeKind::after ? ends->first : ends->last;
    }

    std::string hint_for(std::uint32_t unit, std::string_view wrong) {
        if (wrong == "job") return "a job outside the file is \"job:12345\"";
        if (wrong.find_first_not_of("0123456789") == std::string_view::npos)
            return fmt::format("a job outside the file is \"job:{}\"", wrong);
        if (ranges_.size() == 1) return names_.hint(wrong);
        std::vector<std::string_view> names;
        for (std::uint32_t task = ranges_[unit].begin; task < ranges_[unit].end; ++task)
            if (texts_[task].unit == unit) names.push_back(name_in(unit, TaskIndex{task}));
        for (const auto& [name, sub_workflow] : composition_.units()[unit].named) names.push_back(name);
        return did_you_mean(wrong, names);
    }

    std::string hint_for_sub_workflow(std::uint32_t unit, std::string_view wrong) {
        std::vector<std::string_view> names;
        for (const auto& [name, sub_workflow] : composition_.units()[unit].named) names.push_back(name);
        std::string hint = did_you_mean(wrong, names);
        return hint.empty() ? "a sub-workflow is written [task.NAME], and below it workflow = \"…\"" : hint;
    }

    bool add_matches(const Child& child, std::uint32_t unit, const TaskReference& reference, Edge edge,
                     Condition& into) {
        bool any = false;
        const TaskIndex itself = child.task.value_or(TaskIndex{std::numeric_limits<std::uint32_t>::max()});
        const std::vector<TaskIndex> tasks = matches(unit, reference.name);
        for (const TaskIndex parent : tasks) {
            if (!glob_takes(parent, itself, is_final_)) continue;
            any = true;
            edge.parent = parent;
            if (!spread(edge, reference, false, into)) return false;
        }
        const std::vector<std::uint32_t> sub_workflows = composition_.find(unit, reference);
        for (const std::uint32_t sub_workflow : sub_workflows) {
            if (sub_workflow == child.sub_workflow) continue;
            any = true;
            if (!add_sub_workflow(child, sub_workflow, reference, edge, into)) return false;
        }
        if (any) return true;
        const bool none = tasks.empty() && sub_workflows.empty();
        const bool only_itself = tasks.empty() || tasks == std::vector{itself};
        const std::string_view but = none ? "" : only_itself ? " but itself" : " but final ones";
        wrong(edge.place,
              fmt::format("task '{}' waits for '{}', which matches no task{}", child.name,
                          reference.path.empty() ? reference.name : reference.text, but),
              none || only_itself ? "" : "a final task is named in full");
        return false;
    }

    // One edge for each element that is named. Like a whole array, they have succeeded when all have, and
    // failed when one has. False when there is no going on.
    bool spread(Edge edge, const TaskReference& reference, bool is_explicit, Condition& into) {
        if (!reference.has_elements()) return push(edge, is_explicit, into);
        const std::optional<std::vector<std::uint32_t>> elements = elements_of(edge, reference);
        if (!elements) return false;
        Condition all = part_of(edge);
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
        const std::string_view name = name_in(unit_, parent.name);
        if (!parent.array) {
            wrong(edge.place,
                  fmt::format("'{}' names an element, but task '{}' is neither an array nor a matrix",
                              reference.text, name),
                  fmt::format("write \"{}\"", name));
            return std::nullopt;
        }
        if (!reference.elements) {
            if (!parent.matrix) {
                wrong(edge.place,
                      fmt::format("'{}' names values, but task '{}' is no matrix", reference.text, name),
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
            wrong(edge.place, fmt::format("task '{}' has no element {}", name, element),
                  parent.matrix ? fmt::format("name its values: \"{}[{}]\"", name,
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

    // Leaves each meaning of edges_, which must all be met, once.
    void merge(const Child& child, const std::vector<std::uint32_t>& numbers) {
        const std::vector<bool> keep = compare(child, numbers);
        std::size_t kept = 0;
        for (std::size_t i = 0; i < edges_.size(); ++i)
            if (keep[i]) edges_[kept++] = edges_[i];
        edges_.resize(kept);
    }

    // Of edges that must all be met: false for those whose meaning another one has. Reports what can never be
    // met.
    std::vector<bool> compare(const Child& child, std::vector<std::uint32_t> numbers) {
        std::vector<bool> keep(edges_.size(), true);
        if (numbers.size() < 2) return keep;
        std::stable_sort(numbers.begin(), numbers.end(), [this](std::uint32_t a, std::uint32_t b) {
            return meaning(edges_[a]) < meaning(edges_[b]);
        });
        for (std::size_t begin = 0; begin < numbers.size();) {
            std::size_t end = begin + 1;
            while (end < numbers.size() && same_parent(edges_[numbers[begin]], edges_[numbers[end]])) ++end;
            merge_parent(child, std::span{numbers}.subspan(begin, end - begin), keep);
            begin = end;
        }
        return keep;
    }

    // `group`: the edges to one parent, sorted by meaning, equal ones in file order.
    void merge_parent(const Child& child, std::span<const std::uint32_t> group, std::vector<bool>& keep) {
        const Edge* whole_ok = nullptr;
        for (std::size_t i = 0; i < group.size(); ++i) {
            const Edge& edge = edges_[group[i]];
            if (i > 0 && meaning(edges_[group[i - 1]]) == meaning(edge)) {
                keep[group[i]] = false;
                if (explicit_[group[i]] && explicit_[group[i - 1]])
                    reader_.warning(edge.place,
                                    fmt::format("task '{}' names '{}' twice under '{}'", child.name,
                                                parent_name(child, edge), to_string(edge.kind)),
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
                                      child.name, parent_name(child, edge)),
                          "leave one out; afterany waits for either");
            return;
        }
    }

    std::string parent_name(const Child& child, const Edge& edge) {
        const auto* task = std::get_if<TaskIndex>(&edge.parent);
        std::string base = task != nullptr ? std::string{name_in(child.unit, *task)}
                                           : fmt::format("job:{}", std::get<JobId>(edge.parent).value);
        if (!edge.element) return base;
        if (task == nullptr) return fmt::format("{}_{}", base, *edge.element);
        const std::optional<Matrix>& matrix = tasks_[task->value].matrix;
        return matrix ? fmt::format("{}[{}]", base, matrix->label(*edge.element))
                      : fmt::format("{}[{}]", base, *edge.element);
    }

    void report(const std::vector<std::uint32_t>& cycle) {
        constexpr std::size_t k_shown = 20;
        std::uint32_t unit = texts_[cycle.front()].unit;  // the innermost that holds them all
        const auto is_outside = [&](std::uint32_t node) { return !ranges_[unit].contains(TaskIndex{node}); };
        while (std::any_of(cycle.begin(), cycle.end(), is_outside)) unit = composition_.units()[unit].parent;
        std::vector<std::string_view> path;
        for (const std::uint32_t node : cycle) {
            if (path.size() == k_shown) path.emplace_back("…");
            if (path.size() < k_shown) path.push_back(name_in(unit, TaskIndex{node}));
        }
        path.push_back(name_in(unit, TaskIndex{cycle.front()}));
        const Task& first = tasks_[cycle.front()];
        const auto closing = std::find_if(first.edges.begin(), first.edges.end(), [&cycle](const Edge& edge) {
            const auto* parent = std::get_if<TaskIndex>(&edge.parent);
            return parent != nullptr && parent->value == cycle.back();
        });
        reader_.error(closing->place,
                      fmt::format("these tasks wait for each other: {}", fmt::join(path, " -> ")),
                      "each waits for the one before it; remove one of these edges");
    }

    void check_pair(TaskIndex index, const Edge& edge) {
        const Task& task = tasks_[index.value];
        const std::uint32_t unit = texts_[index.value].unit;
        const std::string_view name = name_in(unit, index);
        const auto wrong = [&](const std::string& what, const std::string& hint) {
            reader_.error(edge.place, fmt::format("'aftercorr' goes element by element, but {}", what), hint);
        };
        const auto* parent = std::get_if<TaskIndex>(&edge.parent);
        if (parent == nullptr) {
            if (!task.array)
                wrong(fmt::format("'{}' is not an array", name), "give it an array, or use afterok");
            return;
        }
        const Task& other = tasks_[parent->value];
        const std::string_view other_name = name_in(unit, *parent);
        if (!other.array) {
            wrong(fmt::format("'{}' is neither an array nor a matrix", other_name), "use afterok");
        } else if (!task.array) {
            if (!reader_.has_errors())  // a cycle, or what else it follows, has been reported
                wrong(fmt::format("'{}' has no elements", name), "give it an array, or use afterok");
        } else if (!same_indexes(*task.array, *other.array)) {
            wrong(fmt::format("'{}' has {} and '{}' has {}", name, indexes_of(*task.array), other_name,
                              indexes_of(*other.array)),
                  fmt::format("leave the array of '{}' out to take over that of '{}'", name, other_name));
        } else if (task.matrix && other.matrix && *task.matrix != *other.matrix) {
            wrong(fmt::format("the matrix of '{}' is not that of '{}'", name, other_name),
                  fmt::format("leave the matrix of '{}' out to take over that of '{}'", name, other_name));
        }
    }

    Reader& reader_;
    std::vector<Task>& tasks_;
    const std::vector<NeedsText>& texts_;
    const Composition& composition_;
    const std::vector<TaskRange>& ranges_;              // by unit
    std::vector<std::optional<SubWorkflowEnds>> ends_;  // by unit; made when somebody waits for it
    NameIndex names_;
    std::vector<bool> is_final_;  // by TaskIndex
    std::uint32_t unit_ = 0;      // where the names are looked up
    std::vector<Edge> edges_;     // of what is being looked up, in file order
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
                                     const std::vector<NeedsText>& texts, const Composition& composition,
                                     const std::vector<TaskRange>& ranges) {
    Resolver resolver{reader, tasks, texts, composition, ranges};
    resolver.pass_down_elements();
    resolver.look_up_all();
    add_data_edges(reader, tasks);
    std::vector<TaskIndex> order = resolver.order();
    resolver.check_pairs();
    return order;
}

}  // namespace sbraid

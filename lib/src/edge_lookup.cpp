// Each item of a list, each leaf of an expression is looked up and spread out to edges; which of them must be
// met is kept beside them as a tree of their numbers.
#include "edge_lookup.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <limits>

#include "condition.hpp"
#include "edge_meanings.hpp"
#include "element_model.hpp"
#include "sbraid/suggest.hpp"
#include "task_elements.hpp"
#include "task_graph.hpp"
#include "task_reference.hpp"

namespace sbraid {

bool EdgeBudget::allows(std::size_t count, const Place& place) {
    if (count <= k_most_edges - taken_) return true;
    if (!complained_)
        reader_.error(place, fmt::format("the workflow has more than {} edges", k_most_edges),
                      "let one task wait for the many, and the others for it");
    complained_ = true;
    return false;
}

bool EdgeBudget::take(std::size_t count, const Place& place) {
    if (!allows(count, place)) return false;
    taken_ += count;
    return true;
}

EdgeLookup::EdgeLookup(Reader& reader, const ComposedTasks& all, EdgeBudget& budget)
    : reader_(reader), all_(all), budget_(budget), names_(all.tasks), ends_(all.ranges.size()) {
    is_final_.reserve(all.tasks.size());
    for (const Task& task : all.tasks) is_final_.push_back(task.final);
}

std::optional<TaskIndex> EdgeLookup::model_of(TaskIndex task) {
    const NeedsText& texts = all_.texts[task.value];
    return sbraid::model_of(names_, is_final_, task,
                            all_.composition.full_names(texts.unit, followed_names(texts)));
}

Needs EdgeLookup::needs_of(const Waiting& child, const NeedsText& texts) {
    child_ = child;
    needs_ = {};
    is_explicit_.clear();
    needs_.edges.reserve(texts.lists.size());
    Condition& needs = needs_.condition;
    needs.edges.reserve(texts.lists.size());
    for (const EdgeText& text : texts.lists) add(text, needs);
    if (texts.dependency) add_expression(*texts.dependency, needs);
    if (needs_.is_complete) {
        unwrap(needs);
        merge();
    }
    return std::move(needs_);
}

/// Leaves each meaning once where all must be met. `aftercorr` must be among these.
void EdgeLookup::merge() {
    auto& [edges, needs, is_complete] = needs_;
    const NamedEdges named{child_.name, edges, is_explicit_,
                           [this](const Edge& edge) { return parent_name(edge); }};
    if (needs.join == Join::all && needs.groups.empty()) {
        const std::vector<bool> keep = compare_edges(reader_, named, needs.edges);
        std::size_t kept = 0;
        for (std::size_t i = 0; i < edges.size(); ++i)
            if (keep[i]) edges[kept++] = edges[i];
        edges.resize(kept);
        needs.edges.resize(kept);
        return;
    }
    if (needs.join == Join::all) std::ignore = compare_edges(reader_, named, needs.edges);
    for (std::uint32_t i = 0; i < edges.size(); ++i) {
        const bool is_required =
            needs.join == Join::all && std::binary_search(needs.edges.begin(), needs.edges.end(), i);
        if (edges[i].kind != EdgeKind::aftercorr || is_required) continue;
        reader_.error(edges[i].place, "'aftercorr' goes with all others, not with any of them",
                      "it pairs elements: put it outside of the parentheses, with ',' before and behind");
        return;
    }
}

void EdgeLookup::wrong(const Place& place, std::string message, std::string hint) {
    needs_.is_complete = false;
    reader_.error(place, std::move(message), std::move(hint));
}

void EdgeLookup::add_expression(const PlacedText& text, Condition& into) {
    const auto parsed = parse_dependency_expression(text.text);
    if (!parsed) {
        const ExpressionError& error = parsed.error();
        wrong(reader_.place_in(text, error.offset, error.length),
              fmt::format("dependency: {}", error.message), error.hint);
        return;
    }
    if (parsed->singleton && child_.task)
        all_.tasks[child_.task->value].singleton = true;
    else if (parsed->singleton)
        wrong(text.place, "'singleton' does not go with 'workflow'",
              "write it in the tasks that it is about");
    add_group(text, *parsed, into);
}

void EdgeLookup::add_group(const PlacedText& whole, const DependencyExpression& group, Condition& into) {
    Condition own{group.join, {}, {}};
    for (const auto& leaf : group.leaves)
        add({leaf.kind, std::string{leaf.name}, reader_.place_in(whole, leaf.offset, leaf.name.size())}, own);
    for (const DependencyExpression& inner : group.groups) add_group(whole, inner, own);
    join(std::move(own), into);
}

void EdgeLookup::add(const EdgeText& text, Condition& into) {
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
    Edge edge{
        .kind = text.kind, .parent = JobId{}, .element = {}, .delay = reference->delay, .place = text.place};
    if (reference->job) {
        edge.parent = reference->job->job;
        edge.element = reference->job->element;
        push(edge, true, into);
    } else {
        add_path(*reference, 0, child_.unit, edge, into);
    }
}

bool EdgeLookup::add_path(const TaskReference& reference, std::size_t depth, std::uint32_t unit,
                          const Edge& edge, Condition& into) {
    if (depth == reference.path.size())
        return reference.is_glob ? add_matches(unit, reference, edge, into)
                                 : add_named(unit, reference, edge, into);
    const PathStep& step = reference.path[depth];
    const std::vector<std::uint32_t> found = all_.composition.find(unit, step);
    if (found.empty()) {
        wrong(edge.place,
              fmt::format("task '{}' waits for '{}', but there is no sub-workflow '{}'", child_.name,
                          reference.text, step.name),
              hint_for_sub_workflow(unit, step.name));
        return false;
    }
    for (const std::uint32_t sub_workflow : found) {
        const auto units = units_of(sub_workflow, step, reference, edge);
        if (!units) return false;
        Condition part = part_of(edge);
        for (const std::uint32_t inner : *units)
            if (!add_path(reference, depth + 1, inner, edge, part)) return false;
        join(std::move(part), into);
    }
    return true;
}

Condition EdgeLookup::part_of(const Edge& edge) {
    return {edge.kind == EdgeKind::afternotok ? Join::any : Join::all, {}, {}};
}

std::optional<std::vector<std::uint32_t>> EdgeLookup::units_of(std::uint32_t sub_workflow,
                                                               const PathStep& step,
                                                               const TaskReference& reference,
                                                               const Edge& edge) {
    auto units = all_.composition.units_of(sub_workflow, step);
    if (!units)
        wrong(edge.place, fmt::format("'{}': {}", reference.text, units.error().message), units.error().hint);
    else if (units->empty())
        needs_.is_complete = false;  // its file is wrong
    else
        return *std::move(units);
    return std::nullopt;
}

bool EdgeLookup::add_named(std::uint32_t unit, const TaskReference& reference, Edge edge, Condition& into) {
    const std::string& prefix = all_.composition.units()[unit].prefix;
    const auto parent =
        prefix.empty() ? names_.find(reference.name) : names_.find(prefix + std::string{reference.name});
    if (parent == child_.task && parent) {
        wrong(edge.place, fmt::format("task '{}' waits for itself", child_.name));
    } else if (parent && all_.tasks[parent->value].final && !child_.final && unit == child_.unit) {
        wrong(edge.place,
              fmt::format("task '{}' waits for '{}', which runs when all tasks have ended", child_.name,
                          reference.name),
              fmt::format("write [final.{}]", child_.name));
    } else if (parent) {
        edge.parent = *parent;
        return spread(edge, reference, reference.path.empty(), into);
    } else if (const auto found = all_.composition.find(unit, reference); !found.empty()) {
        return add_sub_workflow(found.front(), reference, edge, into);
    } else {
        wrong(edge.place,
              fmt::format("task '{}' waits for '{}', which is not a task", child_.name,
                          reference.path.empty() ? reference.name : reference.text),
              hint_for(unit, reference.name));
    }
    return false;
}

bool EdgeLookup::add_sub_workflow(std::uint32_t sub_workflow, const TaskReference& reference, Edge edge,
                                  Condition& into) {
    if (sub_workflow == child_.sub_workflow) {
        wrong(edge.place, fmt::format("task '{}' waits for itself", child_.name));
        return false;
    }
    if (edge.kind == EdgeKind::aftercorr) {
        wrong(edge.place,
              fmt::format("'{}' is a sub-workflow, and 'aftercorr' goes element by element", reference.text),
              fmt::format("name a task of it, \"{}/…\", or use afterok",
                          all_.composition.sub_workflows()[sub_workflow].name));
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
        wrong(
            edge.place,
            fmt::format("'{}' waits for '{}', of which no task ends by itself", child_.name, reference.text),
            "name a task of it");
        return false;
    }
    join(std::move(part), into);
    return true;
}

std::vector<std::uint32_t> EdgeLookup::targets(std::uint32_t unit, EdgeKind kind) {
    const TaskRange range = all_.ranges[unit];
    if (kind == EdgeKind::afterany) {
        std::vector<std::uint32_t> all;
        for (std::uint32_t task = range.begin; task < range.end; ++task)
            if (!all_.tasks[task].service) all.push_back(task);
        return all;
    }
    auto& ends = ends_[unit];
    if (!ends) ends = ends_of(all_.tasks, range);
    return kind == EdgeKind::after ? ends->first : ends->last;
}

std::string EdgeLookup::hint_for(std::uint32_t unit, std::string_view wrong) {
    if (wrong == "job") return "a job outside the file is \"job:12345\"";
    if (wrong.find_first_not_of("0123456789") == std::string_view::npos)
        return fmt::format("a job outside the file is \"job:{}\"", wrong);
    if (all_.ranges.size() == 1) return names_.hint(wrong);
    std::vector<std::string_view> names;
    for (std::uint32_t task = all_.ranges[unit].begin; task < all_.ranges[unit].end; ++task)
        if (all_.texts[task].unit == unit) names.push_back(all_.name_in(unit, TaskIndex{task}));
    for (const auto& [name, sub_workflow] : all_.composition.units()[unit].named) names.push_back(name);
    return did_you_mean(wrong, names);
}

std::string EdgeLookup::hint_for_sub_workflow(std::uint32_t unit, std::string_view wrong) {
    std::vector<std::string_view> names;
    for (const auto& [name, sub_workflow] : all_.composition.units()[unit].named) names.push_back(name);
    std::string hint = did_you_mean(wrong, names);
    return hint.empty() ? "a sub-workflow is written [task.NAME], and below it workflow = \"…\"" : hint;
}

bool EdgeLookup::add_matches(std::uint32_t unit, const TaskReference& reference, Edge edge, Condition& into) {
    bool any = false;
    const TaskIndex itself = child_.task.value_or(TaskIndex{std::numeric_limits<std::uint32_t>::max()});
    const std::vector<TaskIndex> tasks = matches(unit, reference.name);
    for (const TaskIndex parent : tasks) {
        if (!glob_takes(parent, itself, is_final_)) continue;
        any = true;
        edge.parent = parent;
        if (!spread(edge, reference, false, into)) return false;
    }
    const std::vector<std::uint32_t> sub_workflows = all_.composition.find(unit, reference);
    for (const std::uint32_t sub_workflow : sub_workflows) {
        if (sub_workflow == child_.sub_workflow) continue;
        any = true;
        if (!add_sub_workflow(sub_workflow, reference, edge, into)) return false;
    }
    if (any) return true;
    const bool none = tasks.empty() && sub_workflows.empty();
    const bool only_itself = tasks.empty() || tasks == std::vector{itself};
    const std::string_view but = none ? "" : only_itself ? " but itself" : " but final ones";
    wrong(edge.place,
          fmt::format("task '{}' waits for '{}', which matches no task{}", child_.name,
                      reference.path.empty() ? reference.name : reference.text, but),
          none || only_itself ? "" : "a final task is named in full");
    return false;
}

bool EdgeLookup::spread(Edge edge, const TaskReference& reference, bool is_explicit, Condition& into) {
    if (!reference.has_elements()) return push(edge, is_explicit, into);
    if (reference.elements && !budget_.allows(reference.elements->size(), edge.place)) return false;
    const TaskIndex parent = std::get<TaskIndex>(edge.parent);
    if (all_.texts[parent.value].has_wrong_elements) {
        needs_.is_complete = false;
        return false;
    }
    const auto elements =
        elements_named(all_.tasks[parent.value], all_.name_in(child_.unit, parent), reference);
    if (!elements) {
        wrong(edge.place, elements.error().message, elements.error().hint);
        return false;
    }
    Condition all = part_of(edge);
    for (const std::uint32_t element : *elements) {
        edge.element = element;
        if (!push(edge, is_explicit, all)) return false;
    }
    join(std::move(all), into);
    return true;
}

bool EdgeLookup::push(const Edge& edge, bool is_explicit, Condition& into) {
    if (!budget_.take(1, edge.place)) return false;
    into.edges.push_back(static_cast<std::uint32_t>(needs_.edges.size()));
    needs_.edges.push_back(edge);
    is_explicit_.push_back(is_explicit);
    return true;
}

std::vector<TaskIndex> EdgeLookup::matches(std::uint32_t unit, std::string_view glob) {
    std::vector<TaskIndex> found = names_.matches(all_.composition.units()[unit].prefix + std::string{glob});
    if (all_.ranges.size() > 1)
        std::erase_if(found, [&](TaskIndex task) { return all_.texts[task.value].unit != unit; });
    return found;
}

std::string EdgeLookup::parent_name(const Edge& edge) const {
    const auto* task = std::get_if<TaskIndex>(&edge.parent);
    std::string base = task != nullptr ? std::string{all_.name_in(child_.unit, *task)}
                                       : fmt::format("job:{}", std::get<JobId>(edge.parent).value);
    if (!edge.element) return base;
    if (task == nullptr) return fmt::format("{}_{}", base, *edge.element);
    const std::optional<Matrix>& matrix = all_.tasks[task->value].matrix;
    return matrix ? fmt::format("{}[{}]", base, matrix->label(*edge.element))
                  : fmt::format("{}[{}]", base, *edge.element);
}

}  // namespace sbraid

// From names in lists and expressions to edges between tasks.
//
// First arrays and matrices are passed down along `aftercorr`, so that it is known which elements a task has.
// Then what each task waits for is looked up: inner files first, because an edge to a sub-workflow depends on
// what its tasks wait for. At last come the edges that nobody named, and the graph is ordered and checked.
#include "edge_resolver.hpp"

#include <algorithm>

#include "condition.hpp"
#include "data_edges.hpp"
#include "edge_lookup.hpp"
#include "graph_checks.hpp"
#include "task_graph.hpp"

namespace sbraid {
namespace {

class Resolver {
  public:
    Resolver(Reader& reader, const ComposedTasks& all)
        : all_(all), budget_(reader), lookup_(reader, all, budget_) {}

    /// A task with aftercorr and no elements of its own has those of the first parent that has some.
    void pass_down_elements() {
        // Along chains of such tasks, each walked once.
        enum class Seen : std::uint8_t { no, on_the_way, done };
        auto& tasks = all_.tasks;
        std::vector<Seen> seen(tasks.size(), Seen::no);
        std::vector<std::uint32_t> way;
        for (std::uint32_t start = 0; start < tasks.size(); ++start) {
            std::uint32_t at = start;
            while (seen[at] == Seen::no) {
                seen[at] = Seen::on_the_way;
                way.push_back(at);
                const auto parent = tasks[at].array ? std::nullopt : lookup_.model_of(TaskIndex{at});
                if (!parent) break;
                at = parent->value;
            }
            for (; !way.empty(); way.pop_back()) {
                Task& task = tasks[way.back()];
                seen[way.back()] = Seen::done;
                if (const Task& model = tasks[at]; !task.array && model.array) {
                    task.array = ArraySpec{model.array->ranges, task.limit};
                    task.matrix = model.matrix;
                }
                at = way.back();
            }
        }
    }

    void look_up_all() {
        const auto units = static_cast<std::uint32_t>(all_.ranges.size());
        std::vector<std::vector<std::uint32_t>> tasks(units);
        std::vector<std::vector<std::uint32_t>> inner(units);
        for (std::uint32_t task = 0; task < all_.tasks.size(); ++task)
            tasks[all_.texts[task].unit].push_back(task);
        for (std::uint32_t unit = 1; unit < units; ++unit)
            inner[all_.composition.units()[unit].parent].push_back(unit);
        for (auto unit = units; unit-- > 0;) {
            for (const std::uint32_t task : tasks[unit]) look_up(TaskIndex{task});
            for (const std::uint32_t one : inner[unit]) look_up_unit(one);
        }
    }

  private:
    void look_up(TaskIndex index) {
        Task& task = all_.tasks[index.value];
        const std::uint32_t unit = all_.texts[index.value].unit;
        Needs needs = lookup_.needs_of({.unit = unit,
                                        .name = all_.name_in(unit, index),
                                        .task = index,
                                        .sub_workflow = {},
                                        .final = task.final},
                                       all_.texts[index.value]);
        task.edges = std::move(needs.edges);
        if (!needs.is_complete) return;
        if (needs.condition.join == Join::any || !needs.condition.groups.empty())
            task.condition = std::move(needs.condition);
        if (task.final) add_all_tasks(task, unit);
    }

    /// Gives what a sub-workflow waits for to those of its tasks that have to wait for it.
    void look_up_unit(std::uint32_t number) {
        const Unit& unit = all_.composition.units()[number];
        const SubWorkflow& sub = all_.composition.sub_workflows()[unit.sub_workflow];
        const Needs needs = lookup_.needs_of(
            {.unit = unit.parent, .name = sub.name, .task = {}, .sub_workflow = unit.sub_workflow},
            unit.needs);
        if (!needs.is_complete || needs.edges.empty()) return;
        for (const std::uint32_t task : needing_edges(all_.tasks, all_.ranges[number])) {
            if (!budget_.take(needs.edges.size(), needs.edges.front().place)) return;
            add_required_edges(all_.tasks[task], needs.edges, needs.condition);
        }
    }

    /// What is final comes after the end of all that is not, in the same file and inside of that.
    void add_all_tasks(Task& task, std::uint32_t unit) {
        std::vector<Edge> edges;
        for (std::uint32_t i = all_.ranges[unit].begin; i < all_.ranges[unit].end; ++i)
            if (!all_.tasks[i].final || all_.texts[i].unit != unit)
                edges.push_back({.kind = EdgeKind::afterany,
                                 .parent = TaskIndex{i},
                                 .element = {},
                                 .origin = EdgeOrigin::final,
                                 .place = task.place});
        if (budget_.take(edges.size(), task.place)) add_required_edges(task, edges);
    }

    ComposedTasks all_;
    EdgeBudget budget_;
    EdgeLookup lookup_;
};

}  // namespace

std::vector<TaskIndex> resolve_edges(Reader& reader, const ComposedTasks& all) {
    Resolver resolver{reader, all};
    resolver.pass_down_elements();
    resolver.look_up_all();
    add_data_edges(reader, all.tasks);
    const Parents parents = parents_of(all.tasks);
    report_cycles(reader, all, parents);
    check_pairs(reader, all);
    return order_of(parents);
}

}  // namespace sbraid

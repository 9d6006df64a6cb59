#include "services.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "sbraid/named_tasks.hpp"

namespace sbraid {
namespace {

bool waits_for_start(const Task& task, TaskIndex service) {
    return std::any_of(task.edges.begin(), task.edges.end(), [service](const Edge& edge) {
        const auto* const parent = std::get_if<TaskIndex>(&edge.parent);
        return parent != nullptr && *parent == service && edge.kind == EdgeKind::after;
    });
}

}  // namespace

std::vector<TaskIndex> served_by(const std::vector<Task>& tasks, TaskIndex service) {
    std::vector<TaskIndex> others;
    std::vector<TaskIndex> waiting;
    const std::string_view file = sub_workflow_of(tasks[service.value].name);
    for (std::uint32_t i = 0; i < tasks.size(); ++i) {
        if (tasks[i].final || tasks[i].service) continue;
        if (tasks[i].name.starts_with(file)) others.emplace_back(i);
        if (waits_for_start(tasks[i], service)) waiting.emplace_back(i);
    }
    return waiting.empty() ? others : waiting;
}

void check_services(Reader& reader, const std::vector<Task>& tasks) {
    if (std::none_of(tasks.begin(), tasks.end(), [](const Task& task) { return task.service; })) return;
    for (const Task& task : tasks) {
        if (task.service && task.final) {
            reader.error(task.place, fmt::format("the final task '{}' cannot be a service", task.name),
                         "start what serves in the run of the final task that needs it");
            continue;
        }
        for (const Edge& edge : task.edges) {
            const auto* const parent = std::get_if<TaskIndex>(&edge.parent);
            if (parent == nullptr || !tasks[parent->value].service || edge.origin != EdgeOrigin::named)
                continue;
            const std::string& name = tasks[parent->value].name;
            if (edge.kind == EdgeKind::after) {
                // A whole sub-workflow may wait for it, its final tasks among them.
                if (task.final && !tasks[parent->value].final &&
                    sub_workflow_of(task.name) == sub_workflow_of(name))
                    reader.error(edge.place,
                                 fmt::format("the service '{}' has ended when a final task runs", name),
                                 "start what serves in the run of the final task that needs it");
                continue;
            }
            reader.error(edge.place,
                         fmt::format("'{}' is a service: it ends when nothing needs it any more", name),
                         fmt::format("after = [\"{}\"] waits for its start", name));
        }
    }
    const bool is_alone =
        std::all_of(tasks.begin(), tasks.end(), [](const Task& task) { return task.service || task.final; });
    if (!is_alone) return;
    for (const Task& task : tasks)
        if (task.service)
            reader.error(task.place, fmt::format("nothing lives beside the service '{}'", task.name),
                         "it is cancelled when the tasks that need it, or all others, have ended");
}

}  // namespace sbraid

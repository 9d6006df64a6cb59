// A workflow as WfFormat 1.5. Only its shape: what a task runs belongs to `execution` there, which is about a
// run that has been, with times that nobody knows yet.
#include <fmt/format.h>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <span>

#include "sbraid/export.hpp"
#include "sbraid/version.hpp"

namespace sbraid {

Exported export_wfformat(const Workflow& workflow) {
    using Json = nlohmann::ordered_json;
    Exported result;
    const std::vector<Task>& with_turnstiles = workflow.tasks();
    const auto end = std::find_if(with_turnstiles.begin(), with_turnstiles.end(),
                                  [](const Task& task) { return task.turnstile; });
    const std::span<const Task> all{with_turnstiles.begin(), end};
    // In the order of the file, each once, whatever the number of edges between two tasks.
    std::vector<std::set<std::uint32_t>> parents(all.size());
    std::vector<std::vector<std::uint32_t>> children(all.size());
    std::set<std::string> outside;
    bool other_kinds = false;
    bool elements = false;
    bool limits = false;
    for (std::uint32_t child = 0; child < all.size(); ++child) {
        elements = elements || all[child].array.has_value();
        for (const Edge& edge : all[child].edges) {
            limits = limits || edge.origin == EdgeOrigin::limit;
            if (edge.origin == EdgeOrigin::limit) continue;
            other_kinds = other_kinds || edge.kind != EdgeKind::afterok || all[child].condition.has_value();
            if (const auto* parent = std::get_if<TaskIndex>(&edge.parent))
                parents[child].insert(parent->value);
            else
                outside.insert(fmt::format("{}", std::get<JobId>(edge.parent).value));
        }
        for (const std::uint32_t parent : parents[child]) children[parent].push_back(child);
    }
    const auto names = [&all](const auto& indexes) {
        Json list = Json::array();
        for (const std::uint32_t index : indexes) list.push_back(all[index].name);
        return list;
    };
    Json tasks = Json::array();
    for (std::size_t i = 0; i < all.size(); ++i)
        tasks.push_back({{"name", all[i].name},
                         {"id", all[i].name},
                         {"parents", names(parents[i])},
                         {"children", names(children[i])}});
    const Json document{
        {"name", workflow.name()},
        {"description", fmt::format("written by sbraid {}", k_version)},
        {"schemaVersion", "1.5"},
        {"workflow", {{"specification", {{"tasks", std::move(tasks)}, {"files", Json::array()}}}}}};
    result.text = document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    if (other_kinds)
        result.notes.emplace_back("WfFormat has one kind of edge: each says only that a task comes first");
    if (elements) result.notes.emplace_back("WfFormat has no arrays: a task of several elements is one task");
    if (limits) result.notes.emplace_back("WfFormat has no limits: [limits] is left out");
    for (const std::string& job : outside)
        result.notes.push_back(
            fmt::format("the edge from job {}, which is outside of the file, is left out", job));
    return result;
}

}  // namespace sbraid

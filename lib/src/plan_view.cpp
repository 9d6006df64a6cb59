#include "sbraid/plan_view.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "dependency_text.hpp"
#include "sbraid/shell_quote.hpp"

namespace sbraid {

namespace {

using Json = nlohmann::ordered_json;

/// Options that are about the job's name and files: what is left is what it asks of the cluster.
constexpr std::array<std::string_view, 5> k_not_resources{
    "--chdir=", "--error=", "--job-name=", "--open-mode=", "--output="};

Json parent_to_json(const SubmissionPlan& plan, const PlannedEdge& edge) {
    if (const auto* inside = std::get_if<JobIndex>(&edge.parent)) {
        return {{"task", plan.jobs.at(inside->value).name()}};
    }
    return {{"job", fmt::format("{}", std::get<JobId>(edge.parent).value)}};
}

Json edges_to_json(const SubmissionPlan& plan, const PlannedJob& job) {
    Json edges = Json::array();
    for (const PlannedEdge& edge : job.edges) {
        Json one{{"kind", to_string(edge.kind)}};
        one.update(parent_to_json(plan, edge));
        if (edge.element) one["element"] = fmt::format("{}", *edge.element);
        if (edge.delay.count() > 0) one["delay_s"] = std::chrono::seconds{edge.delay}.count();
        edges.push_back(std::move(one));
    }
    return edges;
}

Json dependency_to_json(const SubmissionPlan& plan, const PlannedJob& job) {
    Json pieces = Json::array();
    std::string text = "--dependency=";
    for (const DependencyPiece& piece : dependency_pieces(job)) {
        const bool outside = piece.parent != nullptr && std::holds_alternative<JobId>(piece.parent->parent);
        if (outside) {
            text += fmt::format("{}", std::get<JobId>(piece.parent->parent).value);
        } else if (piece.parent == nullptr) {
            text += piece.text;
        } else {
            pieces.push_back(std::exchange(text, {}));
            pieces.push_back(parent_to_json(plan, *piece.parent));
        }
    }
    if (!text.empty()) pieces.push_back(std::move(text));
    return pieces;
}

Json argv_to_json(const SubmissionPlan& plan, const PlannedJob& job) {
    Json words = Json::array({"--parsable"});
    for (const std::string& option : job.options) words.push_back(option);
    if (job.array) words.push_back("--array=" + to_string(*job.array));
    if (!job.edges.empty() || job.singleton) words.push_back(dependency_to_json(plan, job));
    if (std::any_of(job.edges.begin(), job.edges.end(), can_become_impossible)) {
        const bool keep = job.on_dead_dependency == DeadDependency::keep;
        words.push_back(keep ? "--kill-on-invalid-dep=no" : "--kill-on-invalid-dep=yes");
    }
    return words;
}

std::uint64_t elements(const PlannedJob& job) {
    return job.array ? job.array->size() : 1;
}

std::string resources(const PlannedJob& job) {
    std::string text;
    for (const std::string& option : job.options) {
        if (std::any_of(k_not_resources.begin(), k_not_resources.end(),
                        [&](std::string_view prefix) { return option.starts_with(prefix); })) {
            continue;
        }
        if (!text.empty()) text += ' ';
        text += shell_quote(option.substr(2));
    }
    for (const std::string& line : job.sbatch_lines) {
        if (!text.empty()) text += ' ';
        text += "#SBATCH " + line;
    }
    return text;
}

}  // namespace

std::string to_plan_json(const SubmissionPlan& plan) {
    Json json{{"schema", "sbraid.plan/1"}, {"workflow", plan.workflow}, {"tasks", Json::array()}};
    for (const PlannedJob& job : plan.jobs) {
        json["tasks"].push_back({{"name", job.name()},
                                 {"elements", elements(job)},
                                 {"edges", edges_to_json(plan, job)},
                                 {"sbatch", argv_to_json(plan, job)},
                                 {"sbatch_lines", job.sbatch_lines}});
    }
    json["schedule"] = nullptr;
    json["compare"] = Json::array();
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

TextTable plan_table(const SubmissionPlan& plan) {
    TextTable table;
    table.columns = {{.key = "task", .title = "TASK"},
                     {.key = "elements", .title = "ELEMENTS", .right_aligned = true},
                     {.key = "edges", .title = "EDGES"},
                     {.key = "resources", .title = "RESOURCES"}};
    for (const PlannedJob& job : plan.jobs) {
        table.rows.push_back(
            {job.name(), fmt::format("{}", elements(job)), dependency_by_name(plan, job), resources(job)});
    }
    return table;
}

}  // namespace sbraid

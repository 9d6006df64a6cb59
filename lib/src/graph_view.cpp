// Jobs become the tasks that they belong to: the parts of a task that was cut are one node, edges between
// jobs of the same task are none of the picture, and edges that differ only in the element are one edge.

#include "sbraid/graph_view.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

#include "job_resources.hpp"
#include "json_value.hpp"
#include "sbraid/status_view.hpp"
#include "state_counts.hpp"

namespace sbraid {
namespace {

using json_value::Json;
using json_value::text_or_null;

class Maker {
  public:
    explicit Maker(const SubmissionPlan& plan) : plan_(plan) {
        view_.workflow = plan.workflow;
        for (const PlannedJob& job : plan.jobs) add_node(job);
        for (const PlannedJob& job : plan.jobs) add_edges(job);
        join_alone_is_none();
        std::stable_sort(view_.edges.begin(), view_.edges.end(),
                         [](const GraphEdge& a, const GraphEdge& b) { return a.child < b.child; });
    }
    GraphView take() { return std::move(view_); }

  private:
    using Key = std::tuple<std::uint32_t, std::uint32_t, EdgeKind, bool, std::chrono::minutes>;

    void add_node(const PlannedJob& job) {
        const auto [known, is_new] =
            nodes_.try_emplace(job.task, static_cast<std::uint32_t>(view_.nodes.size()));
        if (is_new) view_.nodes.push_back({.name = job.task, .elements = {}, .resources = {}, .state = {}});
        GraphNode& node = view_.nodes[known->second];
        if (job.array) node.elements = node.elements.value_or(0) + job.array->size();
        if (node.resources.empty()) node.resources = resources_in_short(job);
    }

    void add_edges(const PlannedJob& job) {
        const std::uint32_t child = nodes_.at(job.task);
        for (const PlannedEdge& edge : job.edges) {
            const std::uint32_t parent = node_of(edge);
            if (parent == child) continue;
            const auto [known, is_new] =
                edges_.try_emplace(Key{parent, child, edge.kind, false, edge.delay}, view_.edges.size());
            if (is_new) {
                view_.edges.push_back({.parent = parent,
                                       .child = child,
                                       .kind = edge.kind,
                                       .any = false,
                                       .elements = {},
                                       .delay = edge.delay});
            }
            GraphEdge& seen = view_.edges[known->second];
            // An edge to the whole task says all that one to an element does.
            if (!edge.element || (!is_new && seen.elements.empty())) {
                seen.elements.clear();
            } else if (const std::string name = std::to_string(*edge.element);
                       std::find(seen.elements.begin(), seen.elements.end(), name) == seen.elements.end()) {
                seen.elements.push_back(name);
            }
        }
    }

    std::uint32_t node_of(const PlannedEdge& edge) {
        if (const auto* inside = std::get_if<JobIndex>(&edge.parent)) {
            return nodes_.at(plan_.jobs.at(inside->value).task);
        }
        const JobId id = std::get<JobId>(edge.parent);
        const auto [known, is_new] =
            outside_.try_emplace(id.value, static_cast<std::uint32_t>(view_.nodes.size()));
        if (is_new) {
            view_.nodes.push_back({.name = std::to_string(id.value),
                                   .outside = true,
                                   .elements = {},
                                   .resources = {},
                                   .state = {}});
        }
        return known->second;
    }

    /// Where only one edge is left to choose from, there is no choice.
    void join_alone_is_none() {
        std::vector<std::size_t> choices(view_.nodes.size(), 0);
        for (const GraphEdge& edge : view_.edges) choices[edge.child] += edge.any ? 1U : 0U;
        for (GraphEdge& edge : view_.edges) edge.any = edge.any && choices[edge.child] > 1;
    }

    const SubmissionPlan& plan_;
    GraphView view_;
    std::unordered_map<std::string, std::uint32_t> nodes_;      // of tasks
    std::unordered_map<std::uint32_t, std::uint32_t> outside_;  // of jobs outside, by id
    std::map<Key, std::size_t> edges_;
};

/// The tone of a task whose elements are in these states: what needs a look first, comes first.
Tone tone_of(const std::map<JobState, std::size_t>& counts) {
    constexpr std::array k_by_weight = {Tone::bad,    Tone::odd,     Tone::cancelled,
                                        Tone::active, Tone::waiting, Tone::good};
    for (const Tone tone : k_by_weight) {
        for (const auto& [state, count] : counts) {
            if (sbraid::tone_of(state) == tone) return tone;
        }
    }
    return Tone::idle;
}

Json to_json(const GraphNode& node) {
    Json json{{"name", node.name}, {"outside", node.outside}};
    json["elements"] = json_value::value_or_null(node.elements);
    json["resources"] = text_or_null(node.resources);
    json["state"] = text_or_null(node.state);
    json["tone"] = node.tone == Tone::plain ? Json(nullptr) : Json(to_string(node.tone));
    return json;
}

}  // namespace

std::string_view to_string(Tone tone) {
    switch (tone) {
        case Tone::plain:
            return "plain";
        case Tone::waiting:
            return "waiting";
        case Tone::active:
            return "active";
        case Tone::good:
            return "good";
        case Tone::bad:
            return "bad";
        case Tone::cancelled:
            return "cancelled";
        case Tone::idle:
            return "idle";
        case Tone::odd:
            return "odd";
    }
    return {};
}

Tone tone_of(JobState state) {
    if (state == JobState::pending) return Tone::waiting;
    if (state == JobState::requeued || state == JobState::requeue_hold || state == JobState::requeue_fed) {
        return Tone::waiting;
    }
    if (state == JobState::skipped || state == JobState::unsubmitted) return Tone::idle;
    if (state == JobState::lost || state == JobState::unknown) return Tone::odd;
    if (state == JobState::cancelled) return Tone::cancelled;
    if (is_success(state)) return Tone::good;
    return is_failure(state) ? Tone::bad : Tone::active;
}

GraphView graph_view(const SubmissionPlan& plan) {
    return Maker(plan).take();
}

GraphView graph_view(const SubmissionPlan& plan, const RunState& state, RunPhase phase, bool stale) {
    GraphView view = Maker(plan).take();
    view.run = plan.run;
    view.phase = to_string(phase);
    view.stale = stale;
    std::unordered_map<std::string, std::map<JobState, std::size_t>> counts;
    for (const StatusRow& row : status_rows(plan, state)) ++counts[row.task][row.state];
    for (GraphNode& node : view.nodes) {
        const auto found = node.outside ? counts.end() : counts.find(node.name);
        if (found == counts.end()) continue;
        node.state =
            node.elements ? counted(found->second) : std::string(to_string(found->second.begin()->first));
        node.tone = tone_of(found->second);
    }
    return view;
}

std::string edge_note(const GraphEdge& edge) {
    constexpr std::size_t k_most = 4;
    std::string note;
    if (edge.elements.size() > k_most) {
        note = fmt::format("[{} elements]", edge.elements.size());
    } else if (!edge.elements.empty()) {
        note = fmt::format("[{}]", fmt::join(edge.elements, ","));
    }
    if (edge.delay.count() > 0) {
        note += fmt::format("{}+{} min", note.empty() ? "" : " ", edge.delay.count());
    }
    return note;
}

std::string edge_label(const GraphEdge& edge) {
    std::string label;
    if (edge.kind != EdgeKind::afterok || edge.any) label = to_string(edge.kind);
    if (edge.any) label += ", one is enough";
    const std::string note = edge_note(edge);
    return label.empty() || note.empty() ? label + note : fmt::format("{} {}", label, note);
}

std::string to_graph_json(const GraphView& view) {
    Json json;
    json["schema"] = "sbraid.graph/1";
    json["workflow"] = view.workflow;
    json["run"] = text_or_null(view.run);
    json["state"] = text_or_null(view.phase);
    json["stale"] = view.run.empty() ? Json(nullptr) : Json(view.stale);
    json["nodes"] = Json::array();
    for (const GraphNode& node : view.nodes) json["nodes"].push_back(to_json(node));
    json["edges"] = Json::array();
    for (const GraphEdge& edge : view.edges) {
        json["edges"].push_back({{"kind", to_string(edge.kind)},
                                 {"parent", view.nodes[edge.parent].name},
                                 {"child", view.nodes[edge.child].name},
                                 {"outside", view.nodes[edge.parent].outside},
                                 {"any", edge.any},
                                 {"elements", edge.elements},
                                 {"delay_s", std::chrono::seconds{edge.delay}.count()}});
    }
    return json_value::dump(json);
}

}  // namespace sbraid

// Jobs become the tasks that they run: the parts of a task that was cut are one node, gates are looked
// through, and edges that differ only in the element are one edge. What is left of a choice when that is
// done, if it is only one, is no choice.

#include "sbraid/graph_view.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "condition_leaves.hpp"
#include "job_resources.hpp"
#include "json_value.hpp"
#include "sbraid/named_tasks.hpp"
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
        for (const PlannedJob& job : plan.jobs) {
            if (job.role == JobRole::task) add_node(job);
        }
        for (const PlannedJob& job : plan.jobs) {
            if (job.role == JobRole::task) add_edges(job);
        }
        keep_last_before_final();
        forget_lone_choices();
        std::stable_sort(view_.edges.begin(), view_.edges.end(),
                         [](const GraphEdge& a, const GraphEdge& b) { return a.child < b.child; });
    }
    GraphView take() { return std::move(view_); }

  private:
    /// All but the element.
    using Key = std::tuple<std::uint32_t, std::uint32_t, EdgeKind, bool, std::uint32_t, std::chrono::minutes>;

    void add_node(const PlannedJob& job) {
        const auto [known, is_new] =
            nodes_.try_emplace(job.task, static_cast<std::uint32_t>(view_.nodes.size()));
        if (is_new) view_.nodes.push_back({.name = job.task});
        GraphNode& node = view_.nodes[known->second];
        if (job.array) node.elements = node.elements.value_or(0) + job.array->size();
        if (node.resources.empty()) node.resources = resources_in_short(job);
        if (node.condition.empty()) node.condition = mixed_condition(plan_, job);
    }

    void add_edges(const PlannedJob& job) {
        const std::uint32_t child = nodes_.at(job.task);
        for (const ConditionLeaf& leaf : condition_leaves(plan_, job)) {
            const std::uint32_t parent = node_of(*leaf.edge);
            if (parent != child && leaf.edge->origin != EdgeOrigin::limit)
                add_edge({.parent = parent,
                          .child = child,
                          .kind = leaf.edge->kind,
                          .any = leaf.any,
                          .group = leaf.group,
                          .together = leaf.together,
                          .delay = leaf.edge->delay,
                          .origin = leaf.edge->origin},
                         element_of(*leaf.edge));
        }
    }

    /// How much of a parent's name is a sub-workflow that holds the child as well.
    [[nodiscard]] std::size_t common_length(const GraphEdge& edge) const {
        const std::string_view parent = view_.nodes[edge.parent].name;
        std::string_view common = sub_workflow_of(view_.nodes[edge.child].name);
        while (!parent.starts_with(common)) common = sub_workflow_of(common.substr(0, common.size() - 1));
        return common.size();
    }

    /// A [final] task waits for every other of its file and of what is inside; that it does for the last of
    /// them says it all. Last is what nothing waits for to the end.
    void keep_last_before_final() {
        std::vector<bool> is_final(view_.nodes.size(), false);
        for (const PlannedJob& job : plan_.jobs)
            if (job.final) is_final[nodes_.at(job.task)] = true;
        // For each node, beyond how long a prefix it has followers: 0 is none, 1 some in the workflow itself.
        // A final task is none in its own file.
        std::vector<std::size_t> followed(view_.nodes.size(), 0);
        for (const GraphEdge& edge : view_.edges) {
            const bool to_the_end = edge.kind != EdgeKind::after && edge.elements.empty();
            if (!to_the_end || edge.any || edge.group != 0) continue;
            std::size_t& most = followed[edge.parent];
            most = std::max(most, common_length(edge) + (is_final[edge.child] ? 0 : 1));
        }
        std::erase_if(view_.edges, [&](const GraphEdge& edge) {
            const auto own = sub_workflow_of(view_.nodes[edge.child].name).size();
            return edge.origin == EdgeOrigin::final && followed[edge.parent] > own;
        });
    }

    [[nodiscard]] std::optional<std::string> element_of(const PlannedEdge& edge) const {
        if (!edge.element) return std::nullopt;
        const auto* inside = std::get_if<JobIndex>(&edge.parent);
        if (inside == nullptr) return std::to_string(*edge.element);
        return plan_.jobs.at(inside->value).element_name(*edge.element);
    }

    void add_edge(GraphEdge edge, const std::optional<std::string>& element) {
        const Key key{edge.parent, edge.child, edge.kind, edge.any, edge.group, edge.delay};
        const auto [known, is_new] = edges_.try_emplace(key, view_.edges.size());
        if (is_new) view_.edges.push_back(std::move(edge));
        auto& elements = view_.edges[known->second].elements;
        // An edge to the whole task says all that one to an element does.
        if (!element || (!is_new && elements.empty())) {
            elements.clear();
        } else if (elements_.emplace(known->second, *element).second) {
            elements.push_back(*element);
        }
    }

    std::uint32_t node_of(const PlannedEdge& edge) {
        if (const auto* inside = std::get_if<JobIndex>(&edge.parent)) {
            return nodes_.at(plan_.jobs.at(inside->value).task);
        }
        const JobId id = std::get<JobId>(edge.parent);
        const auto [known, is_new] =
            outside_.try_emplace(id.value, static_cast<std::uint32_t>(view_.nodes.size()));
        if (is_new) view_.nodes.push_back({.name = std::to_string(id.value), .outside = true});
        return known->second;
    }

    /// A group of one edge is no group; of two alternatives that became one edge, that is no choice; and the
    /// only choice that a task waits for needs no number.
    void forget_lone_choices() {
        using Group = std::pair<std::uint32_t, std::uint32_t>;  // child, group
        std::map<Group, std::size_t> sizes;
        for (const GraphEdge& edge : view_.edges) ++sizes[{edge.child, edge.group}];
        std::vector<std::size_t> choices(view_.nodes.size(), 0);       // groups of which one is enough
        std::vector<std::size_t> alternatives(view_.nodes.size(), 0);  // edges and groups that are one
        std::set<Group> counted_groups;
        for (GraphEdge& edge : view_.edges) {
            if (edge.group > 0 && sizes[{edge.child, edge.group}] == 1) {
                edge.any = edge.together;
                edge.group = 0;
                edge.together = false;
            }
            if (edge.any && edge.group == 0) ++alternatives[edge.child];
            if (edge.group > 0 && counted_groups.emplace(edge.child, edge.group).second) {
                ++(edge.together ? alternatives : choices)[edge.child];
            }
        }
        for (GraphEdge& edge : view_.edges) {
            const bool is_choice = edge.group > 0 && !edge.together;
            if (!is_choice && alternatives[edge.child] < 2) {
                edge.any = edge.together = false;
                edge.group = 0;
            }
            if (is_choice && choices[edge.child] == 1) edge.group = 0;
        }
        number_groups();
    }

    /// From 1 for each child, without holes.
    void number_groups() {
        std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> numbers;
        std::vector<std::uint32_t> used(view_.nodes.size(), 0);
        for (GraphEdge& edge : view_.edges) {
            if (edge.group == 0) continue;
            const auto [known, is_new] = numbers.try_emplace({edge.child, edge.group}, used[edge.child] + 1);
            if (is_new) ++used[edge.child];
            edge.group = known->second;
        }
    }

    const SubmissionPlan& plan_;
    GraphView view_;
    std::unordered_map<std::string, std::uint32_t> nodes_;      // of tasks
    std::unordered_map<std::uint32_t, std::uint32_t> outside_;  // of jobs outside, by id
    std::map<Key, std::size_t> edges_;
    std::set<std::pair<std::size_t, std::string>> elements_;  // of edges, by their place in the view
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
    json["condition"] = text_or_null(node.condition);
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
    const bool is_matrix = !edge.elements.empty() && edge.elements.front().find('=') != std::string::npos;
    if (edge.elements.size() > (is_matrix ? 1 : k_most)) {
        note = fmt::format("[{} elements]", edge.elements.size());
    } else if (!edge.elements.empty()) {
        note = fmt::format("[{}]", fmt::join(edge.elements, ","));
    }
    if (edge.delay.count() > 0) {
        note += fmt::format("{}+{} min", note.empty() ? "" : " ", edge.delay.count());
    }
    if (edge.group > 0) {
        note += fmt::format("{}{} {}", note.empty() ? "" : " ", edge.together ? "and" : "or", edge.group);
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
                                 {"group", edge.group == 0 ? Json(nullptr) : Json(edge.group)},
                                 {"together", edge.together},
                                 {"elements", edge.elements},
                                 {"delay_s", std::chrono::seconds{edge.delay}.count()}});
    }
    return json_value::dump(json);
}

}  // namespace sbraid

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sbraid/edge.hpp"
#include "sbraid/plan.hpp"
#include "sbraid/run_state.hpp"

// What `sbraid graph` shows: the tasks of a plan, or of a run with their states, and the edges between them;
// and the forms in which it is written.

namespace sbraid {

/// What a state means to somebody who looks at the whole: one colour each.
enum class Tone : std::uint8_t {
    plain,    ///< a plan: nothing has a state
    waiting,  ///< in the queue
    active,   ///< running, or on its way in or out
    good,     ///< COMPLETED, or that and SKIPPED
    bad,      ///< some of it failed
    cancelled,
    idle,  ///< UNSUBMITTED or SKIPPED: no job that could do anything
    odd,   ///< LOST, or a state that we do not know
};
[[nodiscard]] std::string_view to_string(Tone tone);
[[nodiscard]] Tone tone_of(JobState state);

struct GraphNode {
    std::string name;  ///< of the task; of a job outside: its id
    bool outside = false;
    std::optional<std::uint64_t> elements{};  ///< absent: no array
    std::string resources{};                  ///< `2 nodes · 8 GPUs · 32G · 02:00:00`; may be empty
    std::string condition{};  ///< where `and` and `or` are mixed: `afterok:a,(afterok:b?afterany:c)`
    std::string state{};      ///< as in `sbraid status`; empty: a plan, or a job outside
    Tone tone = Tone::plain;
};

/// Between two nodes there is at most one edge that says the same of a different element.
struct GraphEdge {
    std::uint32_t parent = 0, child = 0;  ///< positions in GraphView::nodes
    EdgeKind kind = EdgeKind::afterok;
    bool any = false;                     ///< there are alternatives to it among the child's edges
    std::uint32_t group = 0;              ///< from 1: the part of a mixed condition that it belongs to
    bool together = false;                ///< of a group: all of it, as one alternative; else one of it
    std::vector<std::string> elements{};  ///< only these of the parent; empty: all of it
    std::chrono::minutes delay{0};        ///< `after` only
    EdgeOrigin origin = EdgeOrigin::named;
    friend bool operator==(const GraphEdge&, const GraphEdge&) = default;
};

struct GraphView {
    std::string workflow;
    std::string run;    ///< empty: a plan
    std::string phase;  ///< of the run; empty: a plan
    bool stale = false;
    std::vector<GraphNode> nodes;  ///< in the order of submission, jobs outside last
    std::vector<GraphEdge> edges;  ///< by child, then as in the plan
};

[[nodiscard]] GraphView graph_view(const SubmissionPlan& plan);
/// `state` must be of this plan. `stale`: Slurm could not be asked.
[[nodiscard]] GraphView graph_view(const SubmissionPlan& plan, const RunState& state, RunPhase phase,
                                   bool stale);

/// What an edge says beyond its kind: `[0,3]`, `+10 min`, `or 1`, `and 2`; empty: nothing.
[[nodiscard]] std::string edge_note(const GraphEdge& edge);
/// Kind and note as they label an edge: `afterany, one is enough [3]`. Empty for a plain afterok.
[[nodiscard]] std::string edge_label(const GraphEdge& edge);

/// Graphviz.
[[nodiscard]] std::string to_dot(const GraphView& view);
/// A Mermaid flowchart, for Markdown pages.
[[nodiscard]] std::string to_mermaid(const GraphView& view);
/// A picture that needs nothing else.
[[nodiscard]] std::string to_svg(const GraphView& view);
/// `sbraid.graph/1`, one line with its newline.
[[nodiscard]] std::string to_graph_json(const GraphView& view);

}  // namespace sbraid

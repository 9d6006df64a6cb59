// A gate that is joined as the job behind it is only a part of a long list, and its edges count as the job's
// own; one that is joined otherwise is a pair of parentheses.

#include "condition_leaves.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

namespace sbraid {
namespace {

const PlannedJob* gate_of(const SubmissionPlan& plan, const PlannedEdge& edge) {
    const auto* inside = std::get_if<JobIndex>(&edge.parent);
    if (inside == nullptr) return nullptr;
    const PlannedJob& parent = plan.jobs.at(inside->value);
    return parent.role == JobRole::gate ? &parent : nullptr;
}

/// It sets no parentheses.
bool is_transparent(const PlannedJob& gate, Join join) {
    return gate.edges.size() < 2 || gate.join == join;
}

class Leaves {
  public:
    explicit Leaves(const SubmissionPlan& plan) : plan_(plan) {}

    void visit(const PlannedJob& job, Join join) {
        for (const PlannedEdge& edge : job.edges) {
            const PlannedJob* const gate = gate_of(plan_, edge);
            if (gate == nullptr) {
                leaves.push_back({.edge = &edge, .any = join == Join::any});
            } else if (is_transparent(*gate, join)) {
                visit(*gate, join);
            } else {
                ++groups_;
                visit_group(*gate, join == Join::any);
            }
        }
    }
    std::vector<ConditionLeaf> leaves;

  private:
    void visit_group(const PlannedJob& gate, bool together) {
        for (const PlannedEdge& edge : gate.edges) {
            if (const PlannedJob* const inner = gate_of(plan_, edge)) {
                visit_group(*inner, together);
            } else {
                leaves.push_back({.edge = &edge, .any = true, .group = groups_, .together = together});
            }
        }
    }

    const SubmissionPlan& plan_;
    std::uint32_t groups_ = 0;
};

std::string leaf_text(const SubmissionPlan& plan, const PlannedEdge& edge) {
    std::string text = fmt::format("{}:", to_string(edge.kind));
    if (const auto* inside = std::get_if<JobIndex>(&edge.parent)) {
        const PlannedJob& parent = plan.jobs.at(inside->value);
        text += parent.task;
        if (edge.element) text += fmt::format("[{}]", parent.element_name(*edge.element));
    } else {
        text += fmt::format("{}", std::get<JobId>(edge.parent).value);
    }
    if (edge.delay.count() > 0) text += fmt::format("+{}", edge.delay.count());
    return text;
}

/// The parts of a level that the file names, each once: those of a task that is cut read alike.
struct Parts {
    std::vector<std::string> in_order;
    std::unordered_set<std::string> seen;
};

void append_parts(const SubmissionPlan& plan, const PlannedJob& job, Join join, Parts& parts) {
    for (const PlannedEdge& edge : job.edges) {
        const PlannedJob* const gate = gate_of(plan, edge);
        if (gate != nullptr && is_transparent(*gate, join)) {
            append_parts(plan, *gate, join, parts);
            continue;
        }
        std::string text;
        if (gate == nullptr) {
            if (edge.origin != EdgeOrigin::named) continue;
            text = leaf_text(plan, edge);
        } else {
            Parts inner;
            append_parts(plan, *gate, gate->join, inner);
            for (const std::string& part : inner.in_order) {
                if (!text.empty()) text += gate->join == Join::any ? "?" : ",";
                text += part;
            }
            if (inner.in_order.empty()) continue;
            if (inner.in_order.size() > 1) text = fmt::format("({})", text);
        }
        if (parts.seen.insert(text).second) parts.in_order.push_back(std::move(text));
    }
}

}  // namespace

std::vector<ConditionLeaf> condition_leaves(const SubmissionPlan& plan, const PlannedJob& job) {
    Leaves leaves(plan);
    leaves.visit(job, job.join);
    return std::move(leaves.leaves);
}

std::string mixed_condition(const SubmissionPlan& plan, const PlannedJob& job) {
    const bool has_gate = std::any_of(job.edges.begin(), job.edges.end(), [&](const PlannedEdge& edge) {
        return gate_of(plan, edge) != nullptr;
    });
    if (!has_gate) return {};
    Parts parts;
    append_parts(plan, job, job.join, parts);
    std::string text;
    for (const std::string& part : parts.in_order) {
        if (!text.empty()) text += job.join == Join::any ? "?" : ",";
        text += part;
    }
    // The rest was not named: what is left needs no parentheses around it.
    if (parts.in_order.size() == 1 && text.starts_with('(')) text = text.substr(1, text.size() - 2);
    return text.find('(') == std::string::npos ? std::string() : text;
}

}  // namespace sbraid

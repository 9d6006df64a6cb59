#pragma once

#include <vector>

#include "sbraid/workflow.hpp"

namespace sbraid {

/// What must be met of the task's edges: its condition, or else all of them.
[[nodiscard]] Condition condition_of(const Task& task);

/// A level that is nothing but one other level becomes that one.
void unwrap(Condition& level);

/// Makes `part` a part of the level `into`. What is joined alike, or is a single part, needs no level of its
/// own.
void join(Condition part, Condition& into);

/// Edges that must be met besides whatever the task waits for already.
void add_required_edges(Task& task, const std::vector<Edge>& edges);

/// The same for edges of which `needs`, by their numbers in `edges`, says what must be met.
void add_required_edges(Task& task, const std::vector<Edge>& edges, Condition needs);

}  // namespace sbraid

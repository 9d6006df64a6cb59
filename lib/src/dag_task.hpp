#pragma once

#include "dag_graph.hpp"
#include "submit_description.hpp"

namespace sbraid {

/// Gives the task what the node's submit description asks for, and what DAGMan does around it: scripts, DONE,
/// NOOP. `description` is nullptr when it cannot be read; the task then fails with a message that says so.
/// Edges, retries, nice and category are the caller's.
void describe_task(const DagNode& node, const SubmitDescription* description, std::string_view workdir,
                   DraftTask& task, DraftNotes& notes);

/// Shell text for a task that nobody could say what to run: it fails with the message.
[[nodiscard]] std::string failing_run(std::string_view message);

}  // namespace sbraid

#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "dag_syntax.hpp"

namespace sbraid {

class DagWords;
struct DagCursor;

/// One of DAGMan's commands: how its line is written, and the function that reads it.
struct DagForm {
    using MaybeCommand = std::optional<decltype(DagCommand::what)>;
    std::string_view keyword;
    std::string_view operands;  ///< as a hint shows them
    /// Takes the words behind the keyword. nullopt: they are wrong, and DagWords::wrong() says how.
    MaybeCommand (*read)(DagWords&, DagCursor&);
};

/// JOB, SPLICE, PARENT…: nodes, where they come from, and the edges between them.
[[nodiscard]] std::span<const DagForm> dag_graph_forms();
/// SCRIPT, RETRY, VARS…: what is said of a node.
[[nodiscard]] std::span<const DagForm> dag_node_forms();
/// CONFIG, DOT, REJECT…: about DAGMan and its run.
[[nodiscard]] std::span<const DagForm> dag_manager_forms();

}  // namespace sbraid

#pragma once

#include "dag_builder.hpp"

namespace sbraid {

/// Obeys what stood in a DAG about nodes that it may name further down: edges, variables, scripts, pins and
/// the rest, in the order of the lines; then what connects splices.
void obey_commands(DagBuilder& builder, DagScope& scope);

}  // namespace sbraid

#pragma once

#include <string>
#include <string_view>

#include "dag_graph.hpp"

namespace sbraid {

/// Shell text that runs `job` between the PRE and POST scripts of the node, as DAGMan would: what runs last
/// decides how the node ended. What DAGMan alone could tell a script is noted.
[[nodiscard]] std::string between_scripts(std::string_view job, const DagNode& node, DraftNotes& notes);

}  // namespace sbraid

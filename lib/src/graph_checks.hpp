#pragma once

#include "composed_tasks.hpp"
#include "graph.hpp"
#include "reader.hpp"

namespace sbraid {

/// Each as the path of its tasks' names, in the innermost file that holds them all.
void report_cycles(Reader& reader, const ComposedTasks& all, const Parents& parents);

/// Reports `aftercorr` between tasks whose elements are no pairs.
void check_pairs(Reader& reader, const ComposedTasks& all);

}  // namespace sbraid

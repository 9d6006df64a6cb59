#pragma once

#include <vector>

#include "reader.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid {

/// Adds an edge (EdgeOrigin::data) from each task that writes a file to each that reads it, where the file
/// does not name one that says as much: aftercorr between tasks of equal elements that name the same path for
/// each, afterok otherwise. Reports files that two tasks, or all elements of one, write.
void add_data_edges(Reader& reader, std::vector<Task>& tasks);

}  // namespace sbraid

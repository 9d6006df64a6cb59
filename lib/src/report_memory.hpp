#pragma once

#include <string>
#include <vector>

#include "sbraid/report.hpp"

namespace sbraid {

/// Fills in `mem_max_bytes` and `out_of_memory`. `job` (nullptr: not known) and `steps` are sacct's rows of
/// the last attempt, `ranks` what was recorded of it.
void add_memory(ReportRow& row, const SacctRow* job, const std::vector<const SacctRow*>& steps,
                const std::vector<const RankState*>& ranks);

/// ` (limit 2G)`, ` (limit 4G on its 2 nodes together)`; empty where the limit is not known.
[[nodiscard]] std::string limit_in_words(const OutOfMemory& out_of_memory);

/// `step 0 ran out of memory (limit 2G)`, without the step where it is the batch script.
[[nodiscard]] std::string in_words(const OutOfMemory& out_of_memory);

}  // namespace sbraid

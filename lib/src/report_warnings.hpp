#pragma once

#include <string>
#include <vector>

#include "sbraid/report.hpp"

namespace sbraid {

/// Adds what a person should look at in this row; `ranks` are those of its last attempt. Nothing is said of
/// what is not known. `asked_memory`: the user asked for memory himself, so that asking for too much is his
/// to change.
void add_warnings(ReportRow& row, const std::vector<const RankState*>& ranks, bool asked_memory);

/// `2% of the memory it asked for (4M of 200M)`, of a row that has both numbers.
[[nodiscard]] std::string memory_use(const ReportRow& row);

}  // namespace sbraid

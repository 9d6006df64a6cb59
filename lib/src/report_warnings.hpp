#pragma once

#include <string>
#include <vector>

#include "sbraid/report.hpp"

namespace sbraid {

/// What a person should look at in this row; `ranks` are those of its last attempt. Nothing is said of what
/// is not known. `asked_memory`: the user asked for memory himself, so that asking for too much is his to
/// change.
[[nodiscard]] std::vector<std::string> report_warnings(const ReportRow& row,
                                                       const std::vector<const RankState*>& ranks,
                                                       bool asked_memory);

}  // namespace sbraid

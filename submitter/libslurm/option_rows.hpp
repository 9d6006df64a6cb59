#pragma once

#include <string_view>

namespace sbraid {

class JobRequest;

/// One option of sbatch that the module can do.
struct OptionRow {
    std::string_view name;  ///< without the dashes
    enum class Value { none, needed, optional } value;
    /// False: this value is left to sbatch.
    bool (*take)(JobRequest& job, std::string_view value);
};

/// nullptr: it is left to sbatch.
[[nodiscard]] const OptionRow* find_option_row(std::string_view name);

}  // namespace sbraid

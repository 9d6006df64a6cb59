#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sbraid {

/// The option of sbatch, by its long name, that one of its input variables stands for (sbatch(1), "INPUT
/// ENVIRONMENT VARIABLES"). nullopt for variables that are about the call (SBATCH_WAIT, SBATCH_DEBUG) or that
/// would give all jobs of a run the same name, log or array.
struct InputVariable {
    std::string_view variable;
    std::string_view option;
    bool flag = false;  ///< set is enough, the value does not matter
};
[[nodiscard]] std::optional<InputVariable> find_input_variable(std::string_view variable);

}  // namespace sbraid

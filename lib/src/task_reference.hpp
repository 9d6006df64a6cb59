#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sbraid/array_spec.hpp"
#include "sbraid/edge.hpp"
#include "sbraid/ids.hpp"
#include "sbraid/matrix.hpp"
#include "sbraid/result.hpp"

namespace sbraid {

/// A name with elements, or a glob: of a task, or of a sub-workflow on the way to one (`prep[lr=1e-4]/`).
struct PathStep {
    std::string_view name;
    bool is_glob = false;
    std::optional<ArraySpec> elements;  ///< `[3]`, `[0-3]`
    Matrix::Selection selection;        ///< `[lr=1e-4]`; empty: none

    [[nodiscard]] bool has_elements() const { return elements.has_value() || !selection.empty(); }
};

/// One item of a list of tasks, as written: `train`, `prep-*`, `train[3]`, `prep/train`, `job:12345`,
/// `train+10`.
struct TaskReference : PathStep {
    std::string_view text;          ///< whole
    std::vector<PathStep> path;     ///< sub-workflows on the way, the outermost first
    std::optional<JobKey> job;      ///< `job:12345`, `job:12345_3`; then there is no name
    std::chrono::minutes delay{0};  ///< `+10`
};

/// Reads one item of a list of `kind`. The views point into `text`. Error: what is wrong, as a sentence.
[[nodiscard]] Result<TaskReference> parse_task_reference(EdgeKind kind, std::string_view text);

/// `[A-Za-z0-9_][A-Za-z0-9._-]{0,63}`: the grammar of the names of tasks, workflows and categories. It is a
/// name of a file as it is (no `..`, nothing hidden), and no option where it is an operand (`-x`).
[[nodiscard]] bool is_name(std::string_view text);
/// The same for people, as a hint.
inline constexpr std::string_view k_name_form =
    "letters, digits, . _ -, at most 64, the first a letter, a digit or _";

}  // namespace sbraid

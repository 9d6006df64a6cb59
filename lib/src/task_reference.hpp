#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "sbraid/array_spec.hpp"
#include "sbraid/edge.hpp"
#include "sbraid/ids.hpp"
#include "sbraid/matrix.hpp"
#include "sbraid/result.hpp"

namespace sbraid {

/// One item of a list of tasks, as written: `train`, `prep-*`, `train[3]`, `job:12345`, `train+10`.
struct TaskReference {
    std::string_view text;  ///< whole
    std::string_view name;  ///< or a glob; empty for a job outside the file
    bool is_glob = false;
    std::optional<JobKey> job;          ///< `job:12345`, `job:12345_3`
    std::optional<ArraySpec> elements;  ///< `[3]`, `[0-3]`
    Matrix::Selection selection;        ///< `[lr=1e-4]`; empty: none
    std::chrono::minutes delay{0};      ///< `+10`

    [[nodiscard]] bool has_elements() const { return elements.has_value() || !selection.empty(); }
};

/// Reads one item of a list of `kind`. The views point into `text`. Error: what is wrong, as a sentence.
[[nodiscard]] Result<TaskReference> parse_task_reference(EdgeKind kind, std::string_view text);

/// `[A-Za-z0-9._-]{1,64}`: the grammar of the names of tasks and workflows.
[[nodiscard]] bool is_name(std::string_view text);

}  // namespace sbraid

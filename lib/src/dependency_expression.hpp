#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sbraid/edge.hpp"
#include "tl/expected.hpp"

namespace sbraid {

/// The value of the key `dependency`, read but not looked up: a tree whose leaves are names.
///
///     expression = term { "," term } | term { "?" term }        `,`: all of them; `?`: any of them
///     term       = "(" expression ")" | kind ":" name { ":" name } | "singleton"
///     name       = an item of the lists afterok, afterany, …: a task, a glob, `train[3]`, `job:12345`,
///     `a+10`
///
/// Several names behind one kind are joined like the terms beside them, as Slurm does it: in
/// `afterok:a:b?afternotok:c` any of the three is enough.
struct DependencyExpression {
    struct Leaf {
        EdgeKind kind = EdgeKind::afterok;
        std::string_view name;   ///< into the text
        std::size_t offset = 0;  ///< of the name in the text, in bytes
    };
    Join join = Join::all;
    std::vector<Leaf> leaves;
    std::vector<DependencyExpression> groups;  ///< what stands in parentheses
    bool singleton = false;                    ///< of the outermost one only
};

/// What is wrong with an expression, and from which byte to which.
struct ExpressionError {
    std::size_t offset = 0;
    std::size_t length = 0;
    std::string message;
    std::string hint;
};

/// Views in the result point into `text`.
[[nodiscard]] tl::expected<DependencyExpression, ExpressionError> parse_dependency_expression(
    std::string_view text);

}  // namespace sbraid

#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "reader.hpp"
#include "sbraid/workflow.hpp"

namespace sbraid {

/// What a task waits for, as the names in its lists and expression came out.
struct NamedEdges {
    std::string_view child;
    const std::vector<Edge>& edges;                       ///< in the order of the file
    const std::vector<bool>& is_explicit;                 ///< parallel: named, not matched by a glob
    std::function<std::string(const Edge&)> parent_name;  ///< for messages
};

/// Of those `numbers` of the edges that must all be met: by edge, false where another one means the same.
/// Warns of what is named twice, and reports what can never be met.
[[nodiscard]] std::vector<bool> compare_edges(Reader& reader, const NamedEdges& named,
                                              std::vector<std::uint32_t> numbers);

}  // namespace sbraid

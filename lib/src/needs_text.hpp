#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reader.hpp"
#include "sbraid/edge.hpp"

namespace sbraid {

/// An item of a task's lists, not looked up yet.
struct EdgeText {
    EdgeKind kind = EdgeKind::afterok;
    std::string text;
    Place place;
};

/// What a task says of what it waits for, not looked up yet.
struct NeedsText {
    std::vector<EdgeText> lists;
    std::optional<PlacedText> dependency;  ///< an expression
    std::uint32_t unit = 0;                ///< of the task: where the names are looked up
    bool has_wrong_elements = false;       ///< its array or matrix was not right, which has been reported
};

/// Reads a list of edges (`afterok = […]`) or an expression (`dependency`).
void read_needs(Reader& reader, const Entry& entry, NeedsText& needs);

}  // namespace sbraid

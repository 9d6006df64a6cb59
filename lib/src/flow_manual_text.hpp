#pragma once

#include <span>
#include <string_view>

namespace sbraid {

/// A section of the manual page. The text has paragraphs with an empty line between, `code` in backquotes,
/// and examples: paragraphs that are indented by four columns, each a whole workflow file (a test checks
/// each). Lines that start with `|` are shown as they stand.
struct ManualSection {
    std::string_view title;
    std::string_view text;
};

/// What stands before the keys, in order.
[[nodiscard]] std::span<const ManualSection> manual_sections();

}  // namespace sbraid

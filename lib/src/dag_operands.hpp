#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "dag_syntax.hpp"
#include "dag_words.hpp"

// What DAGMan's commands take, word by word. Whatever is wrong is said by DagWords::refuse().

namespace sbraid {

/// Where the reader of a file stands: commands that take several lines move it.
struct DagCursor {
    const std::vector<TextLine>& lines;
    std::size_t next = 0;
    std::uint32_t file = 0;
};

/// Keywords are written in any case, and `-` is as good as `_`.
[[nodiscard]] bool is_keyword(std::string_view text, std::string_view keyword);

/// A whole number, with its sign, of at most 31 bits as in DAGMan.
[[nodiscard]] std::optional<std::int64_t> integer(std::string_view text);

/// The next word, or a refusal that says what is missing.
[[nodiscard]] std::optional<DagWord> need(DagWords& words, std::string_view missing);

/// The same for a number from `least` on.
[[nodiscard]] std::optional<std::int64_t> need_number(DagWords& words, std::string_view what,
                                                      std::int64_t least);

/// False: there is more, or something was refused before.
[[nodiscard]] bool at_end(DagWords& words);

/// `{` or `@=`.
[[nodiscard]] bool opens_description(const DagWord& word);

/// The lines up to the end mark; nullptr: there is none, which is refused. What stands behind the mark goes
/// back into `words`.
[[nodiscard]] DescriptionLines inline_description(const DagWord& opening, DagWords& words, DagCursor& cursor);

}  // namespace sbraid

#include "dag_operands.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <limits>

#include "characters.hpp"
#include "utf8.hpp"
#include "wording.hpp"

namespace sbraid {

bool is_keyword(std::string_view text, std::string_view keyword) {
    const auto plain = [](char c) { return c == '_' ? '-' : lower(c); };
    return std::equal(text.begin(), text.end(), keyword.begin(), keyword.end(),
                      [plain](char a, char b) { return plain(a) == plain(b); });
}

std::optional<std::int64_t> integer(std::string_view text) {
    std::int64_t value = 0;
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
    if (value > std::numeric_limits<std::int32_t>::max() || value < std::numeric_limits<std::int32_t>::min())
        return std::nullopt;
    return value;
}

std::optional<DagWord> need(DagWords& words, std::string_view missing) {
    auto word = words.next();
    if (!word && !words.is_refused()) words.refuse_end(fmt::format("{} is missing", missing));
    return word;
}

std::optional<std::int64_t> need_number(DagWords& words, std::string_view what, std::int64_t least) {
    const auto word = need(words, what);
    if (!word) return std::nullopt;
    const auto value = integer(word->text);
    if (!value || *value < least) {
        words.refuse(word->place, fmt::format("{} is a whole number{}, not '{}'", what,
                                              least == 0   ? " of at least 0"
                                              : least == 1 ? " of at least 1"
                                                           : "",
                                              shown(word->text)));
        return std::nullopt;
    }
    return value;
}

bool at_end(DagWords& words) {
    const auto word = words.next();
    if (word) words.refuse(word->place, fmt::format("'{}' is not expected here", shown(word->text)));
    return !words.is_refused();
}

DescriptionLines inline_description(const DagWord& opening, DagWords& words, DagCursor& cursor) {
    const bool braces = opening.text.starts_with('{');
    const std::string end = braces ? "}" : "@" + opening.text.substr(2);
    if (end == "@") {
        words.refuse(opening.place, "behind '@=' stands the word that ends the description");
        return nullptr;
    }
    std::vector<TextLine> lines;
    for (std::size_t at = cursor.next; at < cursor.lines.size(); ++at) {
        const TextLine& line = cursor.lines[at];
        const std::string_view text = trimmed(line.text);
        if (text == end || text.starts_with(end + " ")) {
            cursor.next = at + 1;
            const auto skipped = static_cast<std::size_t>(text.data() - line.text.data()) + end.size();
            words.continue_with(
                {cursor.file, line.number,
                 static_cast<std::uint32_t>(utf8::count(std::string_view{line.text}.substr(0, skipped)) + 1),
                 0},
                text.substr(end.size()));
            return std::make_shared<const std::vector<TextLine>>(std::move(lines));
        }
        lines.push_back({line.number, std::string{text}});
    }
    cursor.next = cursor.lines.size();  // all of it may be the description
    words.refuse(opening.place, fmt::format("the description is not closed: no line is '{}'", end));
    return nullptr;
}

bool opens_description(const DagWord& word) {
    return word.text.starts_with('{') || word.text.starts_with("@=");
}

}  // namespace sbraid

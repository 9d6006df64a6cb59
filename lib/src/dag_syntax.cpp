// A file of DAGMan, line by line: a line's first word chooses its form, and the form reads the rest (see
// dag_form.hpp). A line that is wrong is told with its form as the hint, and reading goes on with the next
// one.
#include "dag_syntax.hpp"

#include <fmt/format.h>
#include <array>
#include <span>

#include "characters.hpp"
#include "dag_form.hpp"
#include "dag_operands.hpp"
#include "dag_words.hpp"
#include "sbraid/suggest.hpp"
#include "wording.hpp"

namespace sbraid {
namespace {

std::array<std::span<const DagForm>, 3> all_forms() {
    return {dag_graph_forms(), dag_node_forms(), dag_manager_forms()};
}

const DagForm* find_form(std::string_view keyword) {
    for (const auto& forms : all_forms())
        for (const DagForm& form : forms)
            if (is_keyword(keyword, form.keyword)) return &form;
    return nullptr;
}

bool is_skipped(std::string_view line) {
    return line.empty() || line.starts_with('#') || line.starts_with("//");
}

// The next line that is no comment, with those that a backslash joins to it.
std::optional<DagWords> next_command_line(DagCursor& cursor) {
    std::optional<DagWords> words;
    while (cursor.next < cursor.lines.size()) {
        const TextLine& line = cursor.lines[cursor.next++];
        std::string_view text = trimmed(line.text);
        if (is_skipped(text)) continue;
        const auto indent = static_cast<std::size_t>(text.data() - line.text.data());
        const Place place{cursor.file, line.number, static_cast<std::uint32_t>(indent + 1), 0};
        const bool goes_on = text.ends_with('\\');
        if (goes_on) text.remove_suffix(1);
        if (words)
            words->join(place, text);
        else
            words.emplace(place, text);
        if (!goes_on) break;
    }
    return words;
}

Diagnostic unknown_command(const DagWord& keyword) {
    std::vector<std::string_view> known;
    for (const auto& forms : all_forms())
        for (const DagForm& form : forms) known.push_back(form.keyword);
    return {Severity::error, keyword.place,
            fmt::format("'{}' is not a command of DAGMan", shown(keyword.text)),
            did_you_mean(keyword.text, known)};
}

}  // namespace

std::vector<TextLine> lines_of(std::string_view text) {
    constexpr std::string_view k_mark = "\xEF\xBB\xBF";
    if (text.starts_with(k_mark)) text.remove_prefix(k_mark.size());
    std::vector<TextLine> lines;
    for (const std::string_view line : split(text, '\n'))
        lines.push_back({static_cast<std::uint32_t>(lines.size() + 1), std::string{line}});
    return lines;
}

std::vector<DagCommand> read_dag(const Sources& sources, std::uint32_t file, Diagnostics& errors) {
    const std::vector<TextLine> lines = lines_of(sources.text(file));
    std::vector<DagCommand> commands;
    DagCursor cursor{lines, 0, file};
    while (cursor.next < lines.size()) {
        auto line = next_command_line(cursor);
        if (!line) break;
        DagWords& words = *line;
        words.refuse_control_characters();
        const auto keyword = words.next();
        const DagForm* const form = keyword ? find_form(keyword->text) : nullptr;
        if (form == nullptr) {
            errors.push_back(keyword ? unknown_command(*keyword) : *words.wrong());
            continue;
        }
        if (auto what = form->read(words, cursor)) {
            commands.push_back({std::string{form->keyword}, keyword->place, std::move(*what)});
        } else {
            Diagnostic wrong = *words.wrong();
            wrong.message = fmt::format("{}: {}", form->keyword, wrong.message);
            if (wrong.hint.empty()) wrong.hint = fmt::format("{} {}", form->keyword, form->operands);
            errors.push_back(std::move(wrong));
        }
    }
    return commands;
}

}  // namespace sbraid

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sbraid/diagnostic.hpp"
#include "sbraid/document.hpp"
#include "sbraid/option_table.hpp"
#include "sbraid/workflow.hpp"
#include "vars.hpp"

namespace sbraid {

/// Calls `visit(entry, table)` for each table of [task] and [final], in the order of the file.
template <class Visit>
void for_each_task(const Document& document, const Visit& visit) {
    for (const std::string_view group : {"task", "final"}) {
        const Entry* const tasks = document.root().find(group);
        const auto* const table = tasks == nullptr ? nullptr : std::get_if<Table>(&tasks->node.value);
        if (table == nullptr) continue;
        for (const Entry& entry : table->entries)
            if (const auto* const task = std::get_if<Table>(&entry.node.value)) visit(entry, *task);
    }
}

/// Takes values out of the document by type. Whatever is wrong is reported, and nothing is returned.
class Reader {
  public:
    Reader(Vars& vars, Diagnostics& out) : vars_(vars), out_(out) {}

    void error(const Place& place, std::string message, std::string hint = {});
    void warning(const Place& place, std::string message, std::string hint = {});
    [[nodiscard]] bool has_errors() const;

    /// A string. `takes` says what the key takes, for the message when it is something else.
    [[nodiscard]] std::optional<std::string> text(std::string_view key, const Node& node,
                                                  std::string_view takes);
    /// The place of a part of a string, in bytes; that of the whole string where it is not in the file as it
    /// is (after escapes or {{vars}}).
    [[nodiscard]] Place place_in(const PlacedText& string, std::size_t offset, std::size_t length) const {
        return vars_.place_in(string.place, string.text, offset, length);
    }
    /// A string, number or boolean, as text.
    [[nodiscard]] std::optional<std::string> scalar(std::string_view key, const Node& node,
                                                    std::string_view takes);
    [[nodiscard]] std::optional<bool> flag(std::string_view key, const Node& node);
    [[nodiscard]] const Table* table(std::string_view key, const Node& node, std::string_view takes,
                                     std::string_view hint);
    /// An array of strings, or one of them. What is wrong is left out.
    [[nodiscard]] std::vector<PlacedText> texts(std::string_view key, const Node& node,
                                                std::string_view takes);
    /// An array of strings and numbers: arguments of a program.
    [[nodiscard]] std::optional<std::vector<std::string>> arguments(std::string_view key, const Node& node);

    /// What the key's row of the table asks for; nullopt also for a flag's `true`: see `flag`.
    [[nodiscard]] std::optional<std::string> option_value(const Key& key, const Node& node);

    void wrong_type(std::string_view key, const Node& node, std::string_view takes,
                    std::string_view hint = {});

  private:
    [[nodiscard]] std::optional<std::string> expanded(std::string_view key, const std::string& text,
                                                      const Place& place);

    Vars& vars_;
    Diagnostics& out_;
};

}  // namespace sbraid

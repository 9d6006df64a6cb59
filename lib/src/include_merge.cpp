// Tables are walked side by side; what both have is replaced where it stands, so that a variable keeps its
// place before those that use it.
#include "include_merge.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <unordered_map>

#include "sbraid/option_table.hpp"

namespace sbraid {
namespace {

class Merger {
  public:
    Merger(const Sources& sources, Diagnostics& out) : sources_(sources), out_(out) {}

    void add(Table& whole, const Table& part) {
        for (const Entry& entry : part.entries) {
            if (entry.key == "include") continue;
            Entry* const known = find(whole, entry.key);
            auto* const into = known == nullptr ? nullptr : std::get_if<Table>(&known->node.value);
            const auto* const from = std::get_if<Table>(&entry.node.value);
            if (known == nullptr)
                whole.entries.push_back(entry);
            else if (into == nullptr || from == nullptr)
                replace(*known, entry);
            else if (entry.key == "task" || entry.key == "final")
                add_tasks(*into, *from);
            else if (entry.key == "defaults")
                add_defaults(*into, *from);
            else
                add_keys(*into, *from);
        }
    }

  private:
    static Entry* find(Table& table, std::string_view key) {
        const auto found = std::find_if(table.entries.begin(), table.entries.end(),
                                        [key](const Entry& entry) { return entry.key == key; });
        return found == table.entries.end() ? nullptr : &*found;
    }

    static void replace(Entry& known, const Entry& entry) {
        known.key_place = entry.key_place;
        known.node = entry.node;
    }

    static void add_keys(Table& into, const Table& from) {
        for (const Entry& entry : from.entries) {
            Entry* const known = find(into, entry.key);
            auto* const inner = known == nullptr ? nullptr : std::get_if<Table>(&known->node.value);
            const auto* const other = std::get_if<Table>(&entry.node.value);
            if (known == nullptr)
                into.entries.push_back(entry);
            else if (inner != nullptr && other != nullptr)
                add_keys(*inner, *other);
            else
                replace(*known, entry);
        }
    }

    void add_tasks(Table& into, const Table& from) {
        std::unordered_map<std::string_view, Place> places;
        for (const Entry& entry : into.entries) places.emplace(entry.key, entry.key_place);
        std::vector<const Entry*> fresh;
        for (const Entry& entry : from.entries) {
            const auto known = places.find(entry.key);
            if (known == places.end()) {
                fresh.push_back(&entry);
                continue;
            }
            out_.push_back(
                {Severity::error, entry.key_place,
                 fmt::format("task '{}' is there twice: here and at {}:{}:{}", entry.key,
                             sources_.name(known->second.file), known->second.line, known->second.column),
                 "an included file adds tasks; it replaces none"});
        }
        for (const Entry* const entry : fresh) into.entries.push_back(*entry);
    }

    static bool is_off(const Entry& entry) {
        const auto* const truth = std::get_if<bool>(&entry.node.value);
        return truth != nullptr && !*truth;
    }

    static void add_defaults(Table& into, const Table& from) {
        for (const Exclusion& exclusion : exclusions())
            for (const auto& [chosen, dropped] : {std::pair{exclusion.first, exclusion.second},
                                                  std::pair{exclusion.second, exclusion.first}}) {
                const Entry* const choice = from.find(chosen);
                if (choice == nullptr || is_off(*choice) || from.find(dropped) != nullptr) continue;
                std::erase_if(into.entries, [key = dropped](const Entry& entry) { return entry.key == key; });
            }
        for (const Entry& entry : from.entries) {
            Entry* const known = find(into, entry.key);
            auto* const inner = known == nullptr ? nullptr : std::get_if<Table>(&known->node.value);
            const auto* const other = std::get_if<Table>(&entry.node.value);
            if (known == nullptr || entry.key == "setup")
                into.entries.push_back(entry);
            else if (inner != nullptr && other != nullptr && (entry.key == "env" || entry.key == "sbatch"))
                add_keys(*inner, *other);
            else
                replace(*known, entry);
        }
    }

    const Sources& sources_;
    Diagnostics& out_;
};

}  // namespace

Table merged(const std::vector<const Document*>& documents, const Sources& sources, Diagnostics& out) {
    Table whole;
    Merger merger{sources, out};
    for (const Document* const document : documents) merger.add(whole, document->root());
    return whole;
}

}  // namespace sbraid

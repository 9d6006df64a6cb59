// A draft becomes the text of a workflow file: a head with all that needs a look, the defaults, then the
// tasks in the order of the imported file, each with what it runs, its options, and what it waits for.
#include "flow_draft.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "toml_writer.hpp"

namespace sbraid {
namespace {

const Key* find_any_key(KeyScope scope, std::string_view name) {
    return find_key(scope == KeyScope::file ? KeyScope::file : KeyScope::task, name);
}

void write_key(TomlWriter& out, const DraftKeys::Item& item) {
    if (item.is_disabled)
        out.disabled_value(item.key, item.toml);
    else
        out.value(item.key, item.toml);
}

// What runs stands first, whenever it was set.
void write_keys(TomlWriter& out, const DraftKeys& keys) {
    for (const DraftKeys::Item& item : keys.items())
        if (item.key == "run") write_key(out, item);
    for (const DraftKeys::Item& item : keys.items())
        if (item.key != "run") write_key(out, item);
}

void write_edges(TomlWriter& out, std::string_view kind, const std::vector<std::uint32_t>& parents,
                 const std::vector<std::string>& names) {
    if (parents.empty()) return;
    std::vector<std::string> list;
    list.reserve(parents.size());
    for (const std::uint32_t parent : parents) list.push_back(names[parent]);
    out.value(kind, toml_array(list, kind.size() + 3));
}

void write_limits(TomlWriter& out, const FlowDraft& draft) {
    if (draft.category_limits.empty()) return;
    out.blank();
    if (is_taken(KeyScope::file, "limits")) {
        out.table({"limits", "category"});
        for (const auto& [name, limit] : draft.category_limits) out.value(name, limit);
        return;
    }
    out.comment("[limits.category]");
    for (const auto& [name, limit] : draft.category_limits) out.disabled_value(name, limit);
}

void write_head(TomlWriter& out, const FlowDraft& draft, const DraftNotes& notes) {
    for (const std::string& line : draft.head) out.comment(line);
    const std::vector<std::string> comments = notes.comments();
    if (!comments.empty()) {
        out.comment("");
        out.comment("What has no twin in Slurm, or needs a look:");
        for (const std::string& comment : comments) out.comment("- " + comment, 3);
    }
    out.blank();
    out.value("name", toml_string(near_name(draft.name)));
}

}  // namespace

bool is_taken(KeyScope scope, std::string_view key) {
    const Key* const known = find_any_key(scope, key);
    return known != nullptr && known->role != KeyRole::refused;
}

std::string flow_string(std::string_view text) {
    std::string doubled;
    doubled.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text.substr(at, 2) == "{{") {
            doubled += "{{{{";
            ++at;
        } else {
            doubled += text[at];
        }
    }
    return toml_string(doubled);
}

bool DraftKeys::has(std::string_view key) const {
    return std::any_of(items_.begin(), items_.end(), [key](const Item& item) { return item.key == key; });
}

bool DraftKeys::text(std::string_view key, std::string_view text) {
    const Key* const known = find_any_key(scope_, key);
    if (known != nullptr && known->grammar != nullptr && complaint(*known->grammar, text)) return false;
    toml(key, flow_string(text));
    return true;
}

void DraftKeys::toml(std::string_view key, std::string toml) {
    const auto known =
        std::find_if(items_.begin(), items_.end(), [key](const Item& item) { return item.key == key; });
    Item item{std::string{key}, std::move(toml), !is_taken(scope_, key)};
    if (known == items_.end())
        items_.push_back(std::move(item));
    else
        *known = std::move(item);
}

void DraftNotes::add(const Place& place, std::string message, std::string hint) {
    if (!known_.emplace(place.file, place.line, place.column, message).second) return;
    notes_.push_back({Severity::warning, place, std::move(message), std::move(hint)});
}

std::vector<std::string> DraftNotes::comments() const {
    Diagnostics sorted = notes_;
    sort_by_place(sorted);
    std::vector<std::string> lines;
    lines.reserve(sorted.size());
    for (const Diagnostic& note : sorted)
        lines.push_back(fmt::format("{}:{}: {}{}{}", sources_.name(note.place.file), note.place.line,
                                    note.message, note.hint.empty() ? "" : "; ", note.hint));
    return lines;
}

Diagnostics DraftNotes::take() {
    sort_by_place(notes_);
    return std::move(notes_);
}

Imported write_flow(const FlowDraft& draft, DraftNotes& notes) {
    std::vector<std::string> sources;
    sources.reserve(draft.tasks.size());
    for (const DraftTask& task : draft.tasks) sources.push_back(task.source);
    const std::vector<std::string> names = unique_names(sources);

    Imported result;
    TomlWriter out;
    write_head(out, draft, notes);
    if (!draft.defaults.items().empty()) {
        out.blank();
        out.table({"defaults"});
        write_keys(out, draft.defaults);
    }
    write_limits(out, draft);
    for (std::size_t i = 0; i < draft.tasks.size(); ++i) {
        const DraftTask& task = draft.tasks[i];
        out.blank();
        if (names[i] != task.source) out.comment(fmt::format("{} in the imported file", task.source));
        for (const std::string& comment : task.comments) out.comment(comment);
        out.table({task.is_final ? "final" : "task", names[i]});
        write_edges(out, "afterok", task.parents, names);
        write_edges(out, "afterany", task.ended, names);
        write_keys(out, task.keys);
        result.edges += task.parents.size() + task.ended.size();
        result.tasks.push_back({names[i], task.source});
    }
    result.text = out.take();
    result.notes = notes.take();
    return result;
}

}  // namespace sbraid

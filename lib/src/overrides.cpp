// Each override becomes the line that would stand in the file, so that the same readers take it. What is no
// TOML (a time, a size) is what a string would hold.
#include "overrides.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <tuple>
#include <utility>

#include "characters.hpp"

namespace sbraid {
namespace {

std::string quoted(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        if (is_control(c)) {
            result += fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
        } else {
            result += c;
        }
    }
    return result + '"';
}

/// A list, a string, a number or a truth; 4:00:00 would be a time of day to TOML, and is a limit.
bool is_meant_as_toml(std::string_view value) {
    if (value == "true" || value == "false") return true;
    if (value.starts_with('[') || value.starts_with('"') || value.starts_with('\'')) return true;
    return !value.empty() && value.find_first_not_of("0123456789") == std::string_view::npos &&
           (value == "0" || !value.starts_with('0'));
}

tl::expected<Document, Diagnostics> line_of(Sources& sources, const Override& given) {
    const bool is_bare = !given.key.empty() && std::all_of(given.key.begin(), given.key.end(), [](char c) {
        return is_letter(c) || is_digit(c) || c == '_' || c == '-';
    });
    const std::string key = is_bare ? given.key : quoted(given.key);
    const auto parsed = [&](const std::string& value) {
        return parse(sources, sources.add(given.shown, fmt::format("{} = {}", key, value)));
    };
    if (is_meant_as_toml(given.value))
        if (auto document = parsed(given.value)) return document;
    return parsed(quoted(given.value));
}

}  // namespace

Overrides::Overrides(Sources& sources, const std::vector<Override>& overrides) {
    // One text for all tasks that it is for, so that what is wrong with it is said once.
    std::map<std::tuple<std::string_view, std::string_view, std::string_view>, std::size_t> known;
    for (const Override& given : overrides) {
        const auto [text, is_new] = known.try_emplace({given.shown, given.key, given.value}, texts_.size());
        if (is_new) {
            auto line = line_of(sources, given);
            if (!line) continue;  // a quoted key and a quoted value are always right
            texts_.push_back(*std::move(line));
        }
        by_task_[given.task].push_back(text->second);
    }
}

Settings Overrides::over(Reader& reader, std::string_view task, const Settings& own) const {
    std::vector<std::size_t> wanted;
    for (const std::string_view name : {std::string_view{}, task})
        if (const auto found = by_task_.find(name); found != by_task_.end())
            wanted.insert(wanted.end(), found->second.begin(), found->second.end());
    if (wanted.empty()) return own;
    Settings chosen;
    for (const std::size_t text : wanted) {
        const Entry& entry = texts_[text].root().entries.front();
        const Key* const key = find_key(KeyScope::task, entry.key);
        if (key == nullptr) {
            reader.error(entry.key_place, fmt::format("'{}' is not a key of a task", entry.key),
                         hint_for_unknown_key(KeyScope::task, entry.key));
        } else if (key->role != KeyRole::job) {
            reader.error(entry.key_place,
                         fmt::format("'{}' is not an option of sbatch about a job", entry.key),
                         "change it in the workflow file, and run 'sbraid resume --edited'");
        } else {
            std::erase_if(chosen.options, [&](const Setting& one) { return one.key == entry.key; });
            read_setting(reader, *key, entry, chosen);
        }
    }
    check_exclusions(reader, chosen);
    inherit_options(chosen, own);
    Settings result = own;
    result.options = std::move(chosen.options);
    return result;
}

}  // namespace sbraid

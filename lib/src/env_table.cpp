#include "env_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

#include "characters.hpp"
#include "wording.hpp"

namespace sbraid {
namespace {

bool is_variable_name(const std::string& name) {
    const bool is_word =
        !name.empty() && !is_digit(name.front()) &&
        std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
    return is_word && !name.starts_with("SBRAID_");
}

}  // namespace

std::string env_table(std::span<const std::pair<std::string, std::string>> variables, const Place& place,
                      DraftNotes& notes) {
    std::vector<std::string> items;
    std::set<std::string_view> known;
    for (const auto& [name, value] : variables) {
        if (!is_variable_name(name))
            notes.add(place, fmt::format("'{}' is no name for a variable; left out", shown(name)));
        else if (known.insert(name).second)
            items.push_back(fmt::format("{} = {}", name, flow_string(value)));
    }
    return items.empty() ? std::string{} : fmt::format("{{ {} }}", fmt::join(items, ", "));
}

}  // namespace sbraid

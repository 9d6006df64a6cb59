// Names for tasks from names of elsewhere. Two passes: who has a valid name keeps it, then the others get
// what is free, numbered when it is not.
#include <fmt/format.h>
#include <unordered_map>
#include <unordered_set>

#include "characters.hpp"
#include "flow_draft.hpp"
#include "task_reference.hpp"

namespace sbraid {
namespace {

constexpr std::size_t k_longest = 64;
constexpr std::string_view k_gap = "..";

// Both ends of a long name tell it from others: the beginning says what it is, the end often numbers it.
std::string shortened(std::string_view name, std::size_t longest) {
    if (name.size() <= longest) return std::string{name};
    const std::size_t tail = longest * 3 / 8;
    return fmt::format("{}{}{}", name.substr(0, longest - tail - k_gap.size()), k_gap,
                       name.substr(name.size() - tail));
}

bool is_task_name(std::string_view text) {
    return is_name(text) && text != "job";  // job:12345 is a job outside the file
}

}  // namespace

std::string near_name(std::string_view text) {
    std::string name;
    for (const char c : text) {
        const bool continues = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;  // one _ a code point
        if (continues) continue;
        const bool is_part = is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
        const bool is_separator = c == '+' || c == '/' || c == ':';
        name += is_part ? c : is_separator ? '.' : '_';
    }
    if (name.starts_with('.') || name.starts_with('-')) name.front() = '_';
    return name.empty() ? "unnamed" : shortened(name, k_longest);
}

std::vector<std::string> unique_names(const std::vector<std::string>& sources) {
    std::unordered_set<std::string> used;
    std::vector<std::string> names(sources.size());
    for (std::size_t i = 0; i < sources.size(); ++i)
        if (is_task_name(sources[i]) && used.insert(sources[i]).second) names[i] = sources[i];
    std::unordered_map<std::string, std::size_t>
        next;  // the number to try first, so that many equals are linear
    for (std::size_t i = 0; i < sources.size(); ++i) {
        if (!names[i].empty()) continue;
        const std::string near = near_name(sources[i]);
        std::string name = near;
        while (!is_task_name(name) || !used.insert(name).second) {
            const std::string number = fmt::format("-{}", ++next.try_emplace(near, 1).first->second);
            name = shortened(near, k_longest - number.size()) + number;
        }
        names[i] = name;
    }
    return names;
}

}  // namespace sbraid

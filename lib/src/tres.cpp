// One pass over the comma-separated parts. Only mem and the like carry a unit letter; counts are plain.

#include "sbraid/tres.hpp"

#include "sbraid/units.hpp"

namespace sbraid {

std::map<std::string, std::int64_t> parse_tres(std::string_view text) {
    std::map<std::string, std::int64_t> counts;
    while (!text.empty()) {
        const auto comma = text.find(',');
        const std::string_view part = text.substr(0, comma);
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
        const auto equals = part.find('=');
        if (equals == std::string_view::npos) continue;
        if (const auto value = parse_size(part.substr(equals + 1))) {
            counts.insert_or_assign(std::string(part.substr(0, equals)), *value);
        }
    }
    return counts;
}

std::optional<std::int64_t> gpus_of_tres(std::string_view text) {
    if (text.empty()) return std::nullopt;
    const auto counts = parse_tres(text);
    if (const auto total = counts.find("gres/gpu"); total != counts.end()) return total->second;
    std::int64_t sum = 0;
    for (const auto& [name, count] : counts) {
        if (name.starts_with("gres/gpu:")) sum += count;
    }
    return sum;
}

}  // namespace sbraid

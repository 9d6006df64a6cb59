#include "without_detours.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <vector>

#include "characters.hpp"

namespace sbraid {

std::string without_detours(std::string_view path) {
    const bool is_absolute = path.starts_with('/');
    std::vector<std::string_view> parts;
    for (const std::string_view part : split(path, '/')) {
        if (part.empty() || part == ".") continue;
        const bool is_up = part == "..";
        if (is_up && !parts.empty() && parts.back() != "..")
            parts.pop_back();
        else if (!is_up || !is_absolute)
            parts.push_back(part);
    }
    return fmt::format("{}{}", is_absolute ? "/" : "", fmt::join(parts, "/"));
}

}  // namespace sbraid

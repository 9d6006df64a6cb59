#include "element_list.hpp"

#include <fmt/format.h>

#include "slurm_fields.hpp"

namespace sbraid {
namespace {

bool is_next(const std::string& element, const std::string& before) {
    const auto a = slurm_fields::to_integer(before);
    const auto b = slurm_fields::to_integer(element);
    return a && b && *b == *a + 1;
}

}  // namespace

std::string element_list(const std::vector<std::string>& names) {
    if (names.size() > 1 && names.front().find('=') != std::string::npos)
        return fmt::format("{} and {} other{}", names.front(), names.size() - 1,
                           names.size() == 2 ? "" : "s");
    std::string joined;
    for (std::size_t i = 0; i < names.size();) {
        std::size_t last = i;
        while (last + 1 < names.size() && is_next(names[last + 1], names[last])) ++last;
        joined += joined.empty() ? "" : ",";
        joined += names[i];
        if (last > i) joined += (last > i + 1 ? "-" : ",") + names[last];
        i = last + 1;
    }
    return joined;
}

}  // namespace sbraid

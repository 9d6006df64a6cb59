// The second field of /proc/<pid>/stat, the name, may hold blanks and parentheses: count fields from the last
// ')'.
#include "process.hpp"

#include <string>
#include <string_view>

#include "text.hpp"

namespace sbraid::sim {

std::optional<std::uint64_t> living_start_ticks(unsigned pid) {
    const auto text = read_file("/proc/" + std::to_string(pid) + "/stat");
    if (!text) return std::nullopt;
    const auto name_end = text->rfind(')');
    if (name_end == std::string::npos) return std::nullopt;
    const auto fields =
        split(std::string_view(*text).substr(name_end + 1), " \n");  // from field 3, the state
    if (fields.size() < 20 || fields[0] == "Z" || fields[0] == "X") return std::nullopt;
    return parse_whole(fields[19]);
}

}  // namespace sbraid::sim

#include "log_path.hpp"

#include <optional>

#include "characters.hpp"

namespace sbraid {

namespace {

bool is_no_file(std::string_view pattern) {
    return pattern.empty() || equal_ignoring_case(pattern, "none");
}

/// One component of a path with what is known put in; nullopt when the rest is known only to the job.
std::optional<std::string> expand(std::string_view component, std::string_view job_name) {
    std::string name;
    for (std::size_t at = 0; at < component.size(); ++at) {
        if (component[at] != '%') {
            name += component[at];
            continue;
        }
        if (++at == component.size()) return std::nullopt;
        if (component[at] == 'x') {
            name += job_name;
        } else if (component[at] == '%') {
            name += '%';
        } else {
            return std::nullopt;
        }
    }
    return name;
}

}  // namespace

std::string absolute_pattern(std::string_view pattern, std::string_view workdir) {
    if (is_no_file(pattern) || pattern.starts_with('/')) return std::string{pattern};
    while (pattern.starts_with("./")) pattern.remove_prefix(2);
    std::string path{workdir};
    if (!path.ends_with('/')) path += '/';
    return path.append(pattern);
}

std::string known_directory(std::string_view pattern, std::string_view job_name) {
    if (is_no_file(pattern) || pattern.starts_with("/dev/")) return {};
    const bool literal = pattern.find('\\') != std::string_view::npos;
    const std::size_t last = pattern.rfind('/');
    if (last == std::string_view::npos) return {};
    std::string directory;
    for (const std::string_view component : split(pattern.substr(0, last), '/')) {
        if (component.empty()) continue;
        const auto name = literal ? std::optional{std::string{component}} : expand(component, job_name);
        if (!name) break;
        directory += '/';
        directory += *name;
    }
    return directory;
}

}  // namespace sbraid

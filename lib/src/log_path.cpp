#include "log_path.hpp"

#include <algorithm>
#include <vector>

#include "characters.hpp"

namespace sbraid {

namespace {

bool is_no_file(std::string_view pattern) {
    return pattern.empty() || equal_ignoring_case(pattern, "none");
}

/// The start of the path that is known before the job is.
std::string known_start(std::string_view pattern, std::string_view job_name) {
    std::string start;
    for (;;) {
        const std::size_t percent = pattern.find('%');
        start += pattern.substr(0, percent);
        if (percent == std::string_view::npos) return start;
        pattern.remove_prefix(percent + 1);
        if (pattern.starts_with('x'))
            start += job_name;  // a `/` in it makes folders, as for Slurm
        else if (pattern.starts_with('%'))
            start += '%';
        else
            return start;
        pattern.remove_prefix(1);
    }
}

/// Where the letters of what is filled in stand: of `%a`, `%4j`.
std::vector<std::size_t> letters(std::string_view pattern) {
    std::vector<std::size_t> found;
    for (std::size_t at = pattern.find('%'); at < pattern.size(); at = pattern.find('%', at + 1)) {
        at = pattern.find_first_not_of("0123456789", at + 1);
        if (at < pattern.size()) found.push_back(at);
    }
    return found;
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
    std::string directory = literal ? std::string{pattern} : known_start(pattern, job_name);
    const std::size_t last = directory.rfind('/');
    if (last == std::string::npos) return {};
    directory.erase(last);
    const auto is_doubled = [](char a, char b) { return a == '/' && b == '/'; };
    directory.erase(std::unique(directory.begin(), directory.end(), is_doubled), directory.end());
    if (directory.ends_with('/')) directory.pop_back();
    return directory;
}

std::string pattern_of_part(std::string_view pattern, bool names_differ) {
    std::string result{pattern};
    if (is_no_file(pattern) || pattern.find('\\') != std::string_view::npos) return result;
    std::size_t element = std::string_view::npos;
    for (const std::size_t at : letters(pattern)) {
        const char letter = pattern[at];
        if (letter == 'A' || letter == 'j' || letter == 'J' || (letter == 'x' && names_differ)) return result;
        if (letter == 'a') element = std::min(element, at);
    }
    if (element != std::string_view::npos) result.insert(pattern.rfind('%', element), "%A_");
    return result;
}

}  // namespace sbraid

#include "log_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <tuple>

#include "io/unique_fd.hpp"

// sbatch(1), "filename pattern": %A %a %J %j %N %n %s %t %u %x %b and %%, with a width as in %4a; a backslash
// anywhere means that nothing is replaced.

namespace sbraid {

namespace {

std::string job_name(const PlannedJob& job) {
    constexpr std::string_view k_prefix = "--job-name=";
    for (const auto& option : job.options) {
        if (option.starts_with(k_prefix)) return option.substr(k_prefix.size());
    }
    return job.task;
}

/// `n[1-4],m1` -> `n1`
std::string first_node(const std::string& hostlist) {
    const auto end = hostlist.find(',');
    const auto bracket = hostlist.find('[');
    if (bracket == std::string::npos || bracket > end) return hostlist.substr(0, end);
    const auto stop = hostlist.find_first_of("-,]", bracket + 1);
    return hostlist.substr(0, bracket) + hostlist.substr(bracket + 1, stop - bracket - 1);
}

std::string padded(std::uint32_t number, std::size_t width) {
    return fmt::format("{:0{}}", number, std::min<std::size_t>(width, 10));
}

/// `pattern` with what Slurm put in for it.
std::string filled_in(const std::string& pattern, const PlannedJob& job, const ElementState& element,
                      const std::string& user) {
    if (pattern.find('\\') != std::string::npos) return pattern;
    const auto& status = element.status;
    const auto raw = status.raw.value != 0 ? status.raw.value : status.key.job.value;
    std::string result;
    for (std::size_t at = 0; at < pattern.size(); ++at) {
        if (pattern[at] != '%' || at + 1 == pattern.size()) {
            result += pattern[at];
            continue;
        }
        std::size_t width = 0;
        ++at;
        while (at + 1 < pattern.size() && std::isdigit(static_cast<unsigned char>(pattern[at])) != 0) {
            width = width * 10 + static_cast<std::size_t>(pattern[at] - '0');
            ++at;
        }
        switch (pattern[at]) {
            case 'A':
                result += padded(status.key.job.value, width);
                break;
            case 'a':
                result += padded(element.element.value_or(4294967294U), width);  // NO_VAL, as Slurm writes it
                break;
            case 'b':
                result += padded(element.element.value_or(0) % 10, width);
                break;
            case 'J':
            case 'j':
                result += padded(raw, width);
                break;
            case 'N':
                result += first_node(status.nodes);
                break;
            case 'n':
            case 't':
                result += padded(0, width);
                break;
            case 's':
                result += "batch";
                break;
            case 'u':
                result += user;
                break;
            case 'x':
                result += job_name(job);
                break;
            case '%':
                result += '%';
                break;
            default:
                result += '%';
                result += pattern[at];
        }
    }
    return result;
}

}  // namespace

std::string log_path(const PlannedJob& job, const ElementState& element, const std::string& user) {
    return filled_in(job.output, job, element, user);
}

std::optional<std::string> error_path(const PlannedJob& job, const ElementState& element,
                                      const std::string& user) {
    constexpr std::string_view k_prefix = "--error=";
    const auto found = std::find_if(job.options.begin(), job.options.end(),
                                    [&](const auto& option) { return option.starts_with(k_prefix); });
    if (found == job.options.end()) return std::nullopt;
    auto path = filled_in(found->substr(k_prefix.size()), job, element, user);
    if (path == log_path(job, element, user)) return std::nullopt;
    return path;
}

std::optional<std::vector<std::string>> last_lines(const std::string& path, std::size_t count) {
    constexpr off_t k_most = 65536;
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    struct stat about {};
    if (!fd || ::fstat(fd.get(), &about) != 0 || !S_ISREG(about.st_mode)) return std::nullopt;
    const off_t begin = std::max<off_t>(about.st_size - k_most, 0);
    std::string text(static_cast<std::size_t>(about.st_size - begin), '\0');
    const auto got = ::pread(fd.get(), text.data(), text.size(), begin);
    if (got < 0) return std::nullopt;
    text.resize(static_cast<std::size_t>(got));
    std::vector<std::string> lines;
    text.resize(text.find_last_not_of(" \t\r\n") + 1);
    while (lines.size() < count && !text.empty()) {
        const std::size_t end_before = text.rfind('\n');
        lines.push_back(text.substr(end_before + 1));  // npos + 1 is 0
        text.resize(end_before == std::string::npos ? 0 : end_before);
    }
    std::reverse(lines.begin(), lines.end());
    return lines;
}

void rewind_if_cut(int fd) {
    struct stat about {};
    const auto at = ::lseek(fd, 0, SEEK_CUR);
    if (at > 0 && ::fstat(fd, &about) == 0 && about.st_size < at) std::ignore = ::lseek(fd, 0, SEEK_SET);
}

}  // namespace sbraid

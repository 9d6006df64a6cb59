#include "io/file.hpp"

#include <fcntl.h>
#include <glob.h>
#include <pwd.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <random>
#include <system_error>

#include "io/unique_fd.hpp"

namespace sbraid {

namespace {

std::string reason(int error) {
    return std::generic_category().message(error);
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t limit) {
    // Non-blocking, so that a named pipe in place of the file does not hang us; a regular file ignores it.
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd) {
        return Unexpected{
            Error{.kind = ErrorKind::usage, .message = "cannot read '" + path + "': " + reason(errno)}};
    }
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
        return Unexpected{Error{.kind = ErrorKind::usage,
                                .message = "cannot read '" + path + "': it is " +
                                           (S_ISDIR(info.st_mode) ? "a directory" : "not a regular file")}};
    }
    std::string result;
    std::array<char, 65536> buffer{};
    while (true) {
        const auto count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return Unexpected{Error{.message = "cannot read '" + path + "': " + reason(errno)}};
        if (count == 0) return result;
        result.append(buffer.data(), static_cast<std::size_t>(count));
        if (result.size() > limit) {
            return Unexpected{Error{.message = "cannot read '" + path + "': it is larger than " +
                                               std::to_string(limit) + " bytes"}};
        }
    }
}

Result<void> write_file(const std::string& path, const std::string& text, bool replace) {
    constexpr mode_t k_mode = 0666;  // the umask takes away from it
    const auto failed = [&path](int error) {
        const auto kind = error == EEXIST ? ErrorKind::usage : ErrorKind::failed;
        return Unexpected{Error{.kind = kind, .message = "cannot write '" + path + "': " + reason(error)}};
    };
    UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (replace ? O_TRUNC : O_EXCL), k_mode));
    if (!fd) return failed(errno);
    for (std::size_t written = 0; written < text.size();) {
        const auto count = ::write(fd.get(), text.data() + written, text.size() - written);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failed(errno);
        written += static_cast<std::size_t>(count);
    }
    return {};
}

std::string absolute_path(const std::string& path) {
    std::error_code error;
    const auto absolute = std::filesystem::absolute(path, error);
    auto text = (error ? std::filesystem::path(path) : absolute).lexically_normal().string();
    while (text.size() > 1 && text.back() == '/') text.pop_back();
    return text;
}

std::string directory_of(const std::string& path) {
    return std::filesystem::path(absolute_path(path)).parent_path().string();
}

std::vector<std::string> paths_matching(const std::string& glob) {
    glob_t matches{};
    std::vector<std::string> paths;
    if (::glob(glob.c_str(), GLOB_NOSORT, nullptr, &matches) == 0)
        paths.assign(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
    globfree(&matches);
    return paths;
}

Result<void> make_directories(const std::string& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) {
        return Unexpected{Error{.message = "cannot make the directory '" + path + "': " + error.message()}};
    }
    return {};
}

std::uint32_t random_bits() {
    std::uint32_t bits = 0;
    if (::getrandom(&bits, sizeof bits, 0) != static_cast<ssize_t>(sizeof bits))
        bits = std::random_device{}();
    return bits;
}

std::string user_name() {
    std::array<char, 16384> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
        return found->pw_name;
    }
    return std::to_string(::geteuid());
}

std::string host_name() {
    std::array<char, 256> buffer{};
    if (::gethostname(buffer.data(), buffer.size() - 1) != 0) return "unknown";
    return buffer.data();
}

std::string executable_path() {
    std::error_code error;
    const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
    return error ? std::string{} : path.string();
}

}  // namespace sbraid

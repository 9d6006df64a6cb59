// The few system calls of the journal, each with its retries and its errno in one place.

#include "descriptor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace sbraid {
namespace {

constexpr uid_t k_overflow_uid = 65534;  // the default of /proc/sys/kernel/overflowuid

}  // namespace

void Descriptor::reset() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

int Descriptor::release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
}

Unexpected cannot(std::string_view doing, std::string_view path, int error) {
    return Unexpected{Error{ErrorKind::failed, fmt::format("cannot {} {}: {}", doing, path,
                                                           std::system_category().message(error))}};
}

Result<Descriptor> open_directory(const std::string& path, bool follow) {
    std::string bare = path;  // "dir/" would be followed in spite of O_NOFOLLOW
    while (bare.size() > 1 && bare.back() == '/') bare.pop_back();
    Descriptor directory{
        ::open(bare.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW))};
    if (!directory) return cannot("open the directory", path, errno);
    return directory;
}

bool is_ours(int fd) {
    struct stat about {};
    if (::fstat(fd, &about) != 0) return false;
    return about.st_uid == ::geteuid() || about.st_uid == k_overflow_uid;
}

Descriptor open_regular(int directory, const std::string& name, int flags, int& error) {
    constexpr mode_t k_mode = S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH;
    Descriptor file{
        ::openat(directory, name.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, k_mode)};
    error = file ? 0 : errno;
    if (!file) return file;
    struct stat about {};
    if (::fstat(file.get(), &about) != 0) {
        error = errno;
    } else if (!S_ISREG(about.st_mode)) {
        error = EINVAL;
    }
    return error == 0 ? std::move(file) : Descriptor{};
}

int write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR) continue;
            return errno;
        }
        if (written == 0) return EIO;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

int read_all(int fd, std::string& bytes) {
    constexpr std::size_t k_least = 65'536;
    struct stat about {};
    if (::fstat(fd, &about) != 0) return errno;
    bytes.clear();
    std::size_t used = 0;
    bytes.resize(std::max(k_least, static_cast<std::size_t>(about.st_size) + 1));
    while (true) {
        if (used == bytes.size()) bytes.resize(bytes.size() + bytes.size() / 2);
        const ssize_t got = ::pread(fd, bytes.data() + used, bytes.size() - used, static_cast<off_t>(used));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno;
        if (got == 0) break;
        used += static_cast<std::size_t>(got);
    }
    bytes.resize(used);
    return 0;
}

bool has_torn_tail(int fd) {
    struct stat about {};
    char last = '\n';
    if (::fstat(fd, &about) != 0 || about.st_size == 0) return false;
    return ::pread(fd, &last, 1, about.st_size - 1) == 1 && last != '\n';
}

}  // namespace sbraid

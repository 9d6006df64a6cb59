#include "io/file_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <thread>

// flock() and not a lock of bytes, because that needs a descriptor to write with, and a workflow may be
// somebody else's. NFS makes a lock of bytes of it, so there it is opened for writing where that is allowed.
// Asked again and again, because a wait in the kernel has no time limit.

namespace sbraid {

Result<FileLock> FileLock::acquire(const std::string& path, std::chrono::milliseconds timeout) {
    constexpr std::chrono::milliseconds k_pause{50};
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
    if (!fd) fd.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) return FileLock(UniqueFd());
    const auto end = std::chrono::steady_clock::now() + timeout;
    while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR) continue;
        if (errno != EWOULDBLOCK) return FileLock(UniqueFd());
        if (std::chrono::steady_clock::now() >= end) {
            return Unexpected{
                Error{.message = fmt::format("another 'sbraid submit' of '{}' is under way", path),
                      .hint = "wait until it has ended, then see what 'sbraid list' shows"}};
        }
        std::this_thread::sleep_for(k_pause);
    }
    return FileLock(std::move(fd));
}

}  // namespace sbraid

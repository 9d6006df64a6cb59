// Locks of single bytes. Open file description locks, because a process-wide POSIX lock is lost as soon as
// any descriptor of the file is closed, and because flock() cannot keep two bytes of one file apart. Tried
// and tried again rather than waited for: F_OFD_SETLKW has no time limit. The intervals are random so that
// many writers do not march in step, and grow so that they do not burn the core that the holder needs.

#include "byte_lock.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <random>

namespace sbraid {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;

struct flock one_byte(short type, off_t byte) {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = byte;
    lock.l_len = 1;
    return lock;
}

void sleep_for(microseconds time) {
    const timespec pause{static_cast<time_t>(time.count() / 1'000'000),
                         static_cast<long>(time.count() % 1'000'000 * 1000)};
    ::nanosleep(&pause, nullptr);
}

}  // namespace

Locked lock_byte(int fd, off_t byte, std::chrono::milliseconds budget) {
    constexpr microseconds k_first{200};
    constexpr microseconds k_longest{20'000};
    const Clock::time_point deadline = Clock::now() + budget;
    thread_local std::minstd_rand random{std::random_device{}()};
    microseconds interval = k_first;
    while (true) {
        struct flock lock = one_byte(F_WRLCK, byte);
        if (::fcntl(fd, F_OFD_SETLK, &lock) == 0) return Locked::yes;
        if (errno == EINTR) continue;
        if (errno != EAGAIN && errno != EACCES) return Locked::unsupported;
        const auto left = std::chrono::duration_cast<microseconds>(deadline - Clock::now());
        if (left <= microseconds::zero()) return Locked::busy;
        std::uniform_int_distribution<microseconds::rep> pause{interval.count() / 4, interval.count()};
        sleep_for(std::min(microseconds{pause(random)}, left));
        interval = std::min(interval * 2, k_longest);
    }
}

void unlock_byte(int fd, off_t byte) {
    struct flock lock = one_byte(F_UNLCK, byte);
    while (::fcntl(fd, F_OFD_SETLK, &lock) != 0 && errno == EINTR) {
    }
}

bool is_byte_locked(int fd, off_t byte) {
    struct flock lock = one_byte(F_WRLCK, byte);
    return ::fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

}  // namespace sbraid

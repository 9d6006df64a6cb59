#include "io/clock.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <tuple>

// The signals are blocked and read from a signalfd: no handler, hence no global state.

namespace sbraid {

namespace {

sigset_t watched_signals() {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&set, number);
    return set;
}

}  // namespace

Interrupts::Interrupts() {
    const auto set = watched_signals();
    fd_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd_) return;  // then the signals keep their usual effect
    blocked_ = ::pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0;
}

Interrupts::~Interrupts() {
    unblock();
}

void Interrupts::unblock() {
    if (!blocked_) return;
    blocked_ = false;
    const auto set = watched_signals();
    ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

bool Interrupts::requested() {
    if (requested_ || !fd_) return requested_;
    signalfd_siginfo info{};
    if (::read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
        requested_ = true;
        unblock();
    }
    return requested_;
}

Timestamp SystemClock::now() const {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

void SystemClock::sleep(std::chrono::milliseconds duration, Interrupts* interrupts) {
    if (interrupts == nullptr || interrupts->fd() < 0) {
        std::this_thread::sleep_for(duration);
        return;
    }
    if (interrupts->requested()) return;
    pollfd polled{.fd = interrupts->fd(), .events = POLLIN, .revents = 0};
    const auto limit = std::clamp<long long>(duration.count(), 0, 3'600'000);
    std::ignore = ::poll(&polled, 1, static_cast<int>(limit));  // an early return is within the contract
}

}  // namespace sbraid

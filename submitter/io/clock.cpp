#include "io/clock.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>
#include <tuple>

// The signals are blocked and read from a signalfd: no handler, hence no global state.

namespace sbraid {

namespace {

constexpr std::array<int, 3> k_signals = {SIGINT, SIGTERM, SIGHUP};

/// A signal that is blocked is queued even where it is ignored: those are left out.
sigset_t signals_to_watch() {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int number : k_signals) {
        struct sigaction current {};
        if (::sigaction(number, nullptr, &current) == 0 && current.sa_handler != SIG_IGN)
            ::sigaddset(&set, number);
    }
    return set;
}

}  // namespace

Interrupts::Interrupts() : watched_(signals_to_watch()) {
    fd_.reset(::signalfd(-1, &watched_, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd_) return;  // then the signals keep their usual effect
    sigset_t before;
    if (::pthread_sigmask(SIG_BLOCK, &watched_, &before) != 0) return;
    blocked_ = std::none_of(k_signals.begin(), k_signals.end(),
                            [&](int number) { return ::sigismember(&before, number) == 1; });
}

Interrupts::~Interrupts() {
    unblock();
}

void Interrupts::unblock() {
    if (!blocked_) return;
    blocked_ = false;
    ::pthread_sigmask(SIG_UNBLOCK, &watched_, nullptr);
}

bool Interrupts::requested() {
    if (requested_ || !fd_) return requested_;
    signalfd_siginfo info{};
    if (::read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
        requested_ = true;
        signal_ = static_cast<int>(info.ssi_signo);
        unblock();
    }
    return requested_;
}

void Interrupts::pass_on() {
    if (requested_) std::ignore = ::kill(::getpid(), signal_);
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

#pragma once

#include <signal.h>

#include <chrono>

#include "io/unique_fd.hpp"
#include "sbraid/job_state.hpp"

namespace sbraid {

/// While it lives, SIGINT, SIGTERM and SIGHUP do not end the program but are noticed by requested(). After
/// the first one the signals have their usual effect again: who presses Ctrl-C twice means it. Of two that
/// live at a time the inner one may take a signal and pass_on() it. A signal that is ignored stays so
/// (nohup).
class Interrupts {
  public:
    Interrupts();
    Interrupts(const Interrupts&) = delete;
    Interrupts& operator=(const Interrupts&) = delete;
    ~Interrupts();

    /// True for ever after the first signal.
    [[nodiscard]] bool requested();
    /// Becomes readable at the first signal.
    [[nodiscard]] int fd() const { return fd_.get(); }
    /// The signal that was noticed comes again: to an outer one of these, else with its usual effect. Nothing
    /// when none was noticed.
    void pass_on();

  private:
    void unblock();
    UniqueFd fd_;
    sigset_t watched_{};
    bool blocked_ = false;  ///< by us: an outer one has them blocked already
    bool requested_ = false;
    int signal_ = 0;
};

/// Time, so that tests can have their own.
class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Timestamp now() const = 0;
    /// Returns early when an interrupt comes.
    virtual void sleep(std::chrono::milliseconds duration, Interrupts* interrupts) = 0;
};

class SystemClock final : public Clock {
  public:
    [[nodiscard]] Timestamp now() const override;
    void sleep(std::chrono::milliseconds duration, Interrupts* interrupts) override;
};

}  // namespace sbraid

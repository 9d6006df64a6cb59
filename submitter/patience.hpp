#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <random>
#include <string>

#include "app.hpp"
#include "io/clock.hpp"
#include "sbraid/result.hpp"

namespace sbraid {

/// Waiting out a Slurm that asks to come back later: 1 s, 2 s, 4 s... up to 60 s, each with ±25 % of jitter,
/// until the total since the last success passes the limit (--patience). Says on stderr why it waits.
class Patience {
  public:
    Patience(const App& app, Interrupts* interrupts, std::chrono::seconds limit);

    /// Waits once more. False when the patience is at its end or an interrupt came.
    [[nodiscard]] bool wait(const std::string& reason);
    /// Something worked: the next wait is short again.
    void restart();
    [[nodiscard]] bool interrupted() const { return interrupts_ != nullptr && interrupts_->requested(); }

    /// Calls until it succeeds, fails for good, or the patience ends (then with the last error, whose hint
    /// says so).
    template <class T>
    Result<T> insist(const std::function<Result<T>()>& call);

  private:
    [[nodiscard]] bool worth_waiting(const Error& error, const std::string& reason);

    const App* app_;
    Interrupts* interrupts_;
    std::chrono::milliseconds limit_;
    std::optional<Timestamp> since_;
    std::chrono::milliseconds step_;
    std::minstd_rand random_;
};

template <class T>
Result<T> Patience::insist(const std::function<Result<T>()>& call) {
    while (true) {
        auto result = call();
        if (result) {
            restart();
            return result;
        }
        if (!worth_waiting(result.error(), result.error().message)) return result;
    }
}

}  // namespace sbraid

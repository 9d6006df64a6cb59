#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <random>
#include <string>

#include "app.hpp"
#include "backend/call_bounds.hpp"
#include "io/clock.hpp"
#include "sbraid/result.hpp"

namespace sbraid {

/// Waiting out a Slurm that asks to come back later: 1 s, 2 s, 4 s... up to 60 s, each with ±25 % of jitter,
/// until the total since the last success passes the limit (--patience), which also ends a call that hangs.
/// Says on stderr why it waits.
class Patience {
  public:
    /// `bounds`: of the backend that is called; outlives this.
    Patience(const App& app, CallBounds& bounds, std::chrono::seconds limit);

    /// Calls it with its end in the bounds.
    void within(const std::function<void()>& call);
    /// Waits once more. False when the patience is at its end or an interrupt came.
    [[nodiscard]] bool wait(const std::string& reason);
    /// Something worked: the next wait is short again, and a call that goes on has all the time anew.
    void restart();
    [[nodiscard]] bool interrupted() const {
        return bounds_->interrupts != nullptr && bounds_->interrupts->requested();
    }

    /// Calls until it succeeds, fails for good, or the patience ends (then with the last error).
    template <class T>
    Result<T> insist(const std::function<Result<T>()>& call);

  private:
    [[nodiscard]] bool worth_waiting(const Error& error);

    /// What is left of it, from its first use since the last success.
    [[nodiscard]] std::chrono::milliseconds left();

    const App* app_;
    CallBounds* bounds_;
    std::chrono::milliseconds limit_;
    std::optional<Timestamp> since_;
    std::chrono::milliseconds step_;
    std::minstd_rand random_;
};

template <class T>
Result<T> Patience::insist(const std::function<Result<T>()>& call) {
    while (true) {
        std::optional<Result<T>> result;
        within([&] { result.emplace(call()); });
        if (*result) {
            restart();
            return *std::move(result);
        }
        if (!worth_waiting(result->error())) return *std::move(result);
    }
}

}  // namespace sbraid

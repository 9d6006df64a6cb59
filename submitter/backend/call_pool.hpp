#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include "backend/backend.hpp"
#include "backend/call_bounds.hpp"

namespace sbraid {

/// Submissions that block, several at a time, each in a thread. What the threads share lives as long as the
/// last of them: one that hangs in a call is left to itself.
class CallPool {
  public:
    /// Called in threads, for one index at a time each. is_ready() says that nothing of the caller's is
    /// looked at any more, and the call begins.
    using Call = std::function<SubmitOutcome(std::size_t index, const std::function<void()>& is_ready)>;
    struct Limits {
        std::size_t threads = 4;
        std::chrono::milliseconds timeout{300'000};   ///< of a call
        std::chrono::milliseconds last_words{3'000};  ///< of the calls under way, after a signal
        const CallBounds* bounds = nullptr;
    };

    /// Makes `count` calls; `done` as for Backend::submit(), in the calling thread.
    static void run(std::size_t count, Call call, const Limits& limits,
                    const std::function<bool(std::size_t, SubmitOutcome)>& done);
};

}  // namespace sbraid

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sbraid {

/// Which ends of a task are tried again, and how often (the key `retry`).
struct Retry {
    std::uint32_t max = 1;   ///< attempts after the first
    bool fail = false;       ///< any exit code but 0, and any signal; running out of memory is none of these
    bool oom = false;        ///< by the count of its cgroup, never by an exit code
    bool timeout = false;    ///< the time limit
    bool node_fail = false;  ///< Slurm's own affair (--requeue): said here or not, it counts as no attempt
    std::vector<int> codes;  ///< exit codes, 128+N for signal N; ascending
    std::chrono::seconds delay{0};  ///< at least, between two attempts
    bool inplace = false;           ///< in the same allocation, without a requeue
    friend bool operator==(const Retry&, const Retry&) = default;
};

/// A task that goes on over its time limit in the next job of the same id (the key `continue`).
struct Continuation {
    std::string signal = "USR2";     ///< without SIG; tells the task that its time is nearly over
    std::chrono::seconds lead{300};  ///< so long before the limit
    std::uint32_t max = 1;           ///< how often it goes on
    friend bool operator==(const Continuation&, const Continuation&) = default;
};

/// How a task may come to run more than once, by itself.
struct Attempts {
    std::optional<Retry> retry;
    std::optional<Continuation> continuation;
    [[nodiscard]] bool any() const { return retry || continuation; }
    friend bool operator==(const Attempts&, const Attempts&) = default;
};

}  // namespace sbraid

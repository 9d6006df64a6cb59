#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace sbraid {

/// One program to run: an argument vector, never a shell string.
struct ProcessRequest {
    std::vector<std::string> argv;         ///< argv[0] is looked up in our PATH
    std::vector<std::string> environment;  ///< all of it, `NAME=value`
    std::string input;                     ///< what it reads from stdin
    std::chrono::milliseconds timeout{60'000};
    std::size_t max_output = std::size_t{256} << 20U;  ///< of each stream; more is read and dropped
    int inherit_fd = -1;                               ///< kept open in the child under the same number
};

struct ProcessResult {
    enum class End { exited, signalled, timed_out, not_started };
    End end = End::not_started;
    int status = 0;  ///< exit code; number of the signal; errno when it was not started
    std::string out;
    std::string err;
    bool cut = false;  ///< max_output was reached

    [[nodiscard]] bool ok() const { return end == End::exited && status == 0; }
};

/// From now on a reader of our output that has gone does not end us: for commands that change something and
/// must not stop in the middle of it.
void ignore_broken_pipes();

/// Runs one program to its end or its timeout (then it and its process group are killed).
[[nodiscard]] ProcessResult run_process(const ProcessRequest& request);

/// Runs `count` programs, at most `parallel` at a time; `make(i)` is called just before the i-th starts,
/// `done(i, result)` once for each that was started, in the order of their ends. After `done` has returned
/// false no further one starts; those under way are still waited for and reported.
void run_processes(std::size_t count, std::size_t parallel,
                   const std::function<ProcessRequest(std::size_t)>& make,
                   const std::function<bool(std::size_t, ProcessResult)>& done);

}  // namespace sbraid

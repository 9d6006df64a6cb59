#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace sbraid {

class Interrupts;

/// One program to run: an argument vector, never a shell string.
struct ProcessRequest {
    std::vector<std::string> argv;         ///< argv[0] is looked up in our PATH
    std::vector<std::string> environment;  ///< all of it, `NAME=value`
    std::string input;                     ///< what it reads from stdin
    std::chrono::milliseconds timeout{60'000};
    std::size_t max_output = std::size_t{256} << 20U;  ///< of each stream; more is read and dropped
    int inherit_fd = -1;                               ///< kept open in the child under the same number
    /// A signal to us ends the program. Null: then it also has its usual effect on us.
    Interrupts* interrupts = nullptr;
    std::chrono::milliseconds last_words{0};  ///< time that a signal to us leaves it to come to its end
    std::chrono::milliseconds patience{0};    ///< after it `on_silence` is called, once; 0: never
    std::function<void()> on_silence{};
};

struct ProcessResult {
    enum class End {
        exited,
        signalled,
        timed_out,    ///< ended by us
        interrupted,  ///< ended by us, because of a signal to us
        not_started
    };
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

/// Runs one program to its end, its timeout or a signal to us. Then it and its process group are sent
/// SIGTERM, 2 s later SIGKILL, and another 2 s later (it hangs in the kernel) it is left to itself.
[[nodiscard]] ProcessResult run_process(const ProcessRequest& request);

/// Runs `count` programs, at most `parallel` at a time; `make(i)` is called just before the i-th starts,
/// `done(i, result)` once for each that was started, in the order of their ends. After `done` has returned
/// false no further one starts; those under way are still waited for and reported. All of them have the same
/// `interrupts`; without, none starts after a signal to us.
void run_processes(std::size_t count, std::size_t parallel,
                   const std::function<ProcessRequest(std::size_t)>& make,
                   const std::function<bool(std::size_t, ProcessResult)>& done);

}  // namespace sbraid

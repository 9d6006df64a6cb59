#pragma once

#include <string>
#include <string_view>

#include "sbraid/plan.hpp"

// The parts of a batch script that let its task run more than once (the keys `retry` and `continue`). All of
// them are empty for a job that does not.

namespace sbraid {

/// A line ahead of shell text that lets its shell outlive the signal of `continue`: the commands that it
/// waits for get that too, and are to end first. Empty where `shell` is none.
[[nodiscard]] std::string outlive_signal(const Attempts& attempts, std::string_view shell);
/// The words `sh -c … sh` in front of a launcher that would die of that signal before its ranks have saved
/// what they have: it ignores the signal, and they take it where they ask for it. Empty: not needed.
[[nodiscard]] std::string ignore_signal(const Attempts& attempts);

/// A call of open_texts(), which the body has where its texts are read more than once: a here-document may be
/// a pipe. Empty where there is none.
[[nodiscard]] std::string open_texts(const PlannedJob& job);

/// The first line of the script: the signal of `continue` may come before the task is there.
[[nodiscard]] std::string early_trap(const PlannedJob& job);
/// What SBRAID_DONE_FILE is, for the exports of the script.
[[nodiscard]] std::string attempt_exports(const PlannedJob& job);
/// Functions, to stand behind note().
[[nodiscard]] std::string attempt_functions(const PlannedJob& job);

/// The parts of the script that are about one attempt, in their order, and what they become where there may
/// be several.
struct OneAttempt {
    std::string note_start;  ///< the record of its start is written beside it
    std::string traps;       ///< signals are handed on
    std::string start;       ///< run_task in the background; SBRAID_CHILD is its pid
    std::string wait;        ///< sets `code`
    std::string outputs;     ///< may set `code`
    std::string note_end;
};
[[nodiscard]] std::string all_attempts(const PlannedJob& job, const OneAttempt& one);

}  // namespace sbraid

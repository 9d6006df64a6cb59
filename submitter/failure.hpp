#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sbraid/diagnostic.hpp"
#include "sbraid/result.hpp"

namespace sbraid {

/// One thing that is wrong, ready to be shown as text or as JSON.
struct Issue {
    Severity severity = Severity::error;
    std::string file{};  ///< empty: no place
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    std::string message;
    std::string hint{};
    std::string rendered{};  ///< the text for people, with its newline; empty: made of message and hint
};

/// Why a command could not do what it was asked: the exit code, and one issue or more.
struct Failure {
    ErrorKind kind = ErrorKind::failed;
    std::vector<Issue> issues;

    Failure(ErrorKind failure_kind, std::vector<Issue> what) : kind(failure_kind), issues(std::move(what)) {}
    /// One issue without a place. Implicit: `return Unexpected{error}` is how most failures travel up.
    Failure(Error error);  // NOLINT(google-explicit-constructor)
};

/// The exit code of a command, or why it failed.
using Outcome = tl::expected<int, Failure>;

[[nodiscard]] inline tl::unexpected<Failure> fail(Error error) {
    return tl::unexpected<Failure>(Failure(std::move(error)));
}
[[nodiscard]] inline tl::unexpected<Failure> fail(Failure failure) {
    return tl::unexpected<Failure>(std::move(failure));
}

/// Puts the hint behind the rendered text, too: the last thing that a person reads.
void add_hint(Issue& issue, const std::string& hint);

[[nodiscard]] Issue to_issue(const Sources& sources, const Diagnostic& diagnostic);

/// `sbraid: error: …` and `hint: …`, or what the issue brings along. Ends with a newline.
[[nodiscard]] std::string render_text(const Issue& issue);
/// `{"schema":"sbraid.error/1","errors":[…]}` with a newline.
[[nodiscard]] std::string render_json(const Failure& failure);

}  // namespace sbraid

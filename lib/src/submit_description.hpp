#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dag_syntax.hpp"

// HTCondor's submit descriptions (condor_submit(1)): `key = value` lines with macros, and `queue`.

namespace sbraid {

/// `key = value`. Keys are kept in lower case; `+Name` and `My.Name` both as `my.name`.
struct SubmitItem {
    std::string key;
    std::string value;  ///< macros not yet replaced
    Place place;        ///< of the key
};

struct SubmitDescription {
    std::vector<SubmitItem> items;                   ///< in the order of the text; the last of a key counts
    std::set<std::string, std::less<>> asked_for{};  ///< NAME of each `$(NAME)` in a value, in lower case
    std::optional<SubmitItem> queue{};               ///< value: what stands behind the word
    std::optional<Diagnostic> not_understood{};  ///< a line whose meaning we cannot tell: if, include, use
};

[[nodiscard]] SubmitDescription read_submit_description(std::uint32_t file, std::span<const TextLine> lines);

/// What is known only when the job runs stands in expanded texts as one of these characters, until the text
/// is written for a shell or as the name of a log.
enum class RuntimeValue : char { job_id = '\x01', process = '\x02', retry = '\x03' };

/// Replaces `$(name)` and `$(name:default)`.
class SubmitMacros {
  public:
    using Vars = std::span<const std::pair<std::string, std::string>>;
    /// `before` and `after` are DAGMan's VARS: the description's own assignments win over the former, the
    /// latter over them. `node`: what $(JOB) means.
    SubmitMacros(const SubmitDescription& description, Vars before, Vars after, std::string_view node);
    /// Nothing when the text holds a macro that cannot be known here (`$ENV(…)`, `$$(…)`, `$RANDOM…`), or one
    /// that refers to itself; `unknown()` then is its text.
    [[nodiscard]] std::optional<std::string> expand(std::string_view text);
    [[nodiscard]] const std::string& unknown() const { return unknown_; }
    /// The macros that nobody sets, of the last expand(): they are empty.
    [[nodiscard]] const std::vector<std::string>& unset() const { return unset_; }
    /// The value of a key after all assignments, not expanded; nullopt: not set.
    [[nodiscard]] std::optional<std::string_view> value(std::string_view key) const;
    /// Whether one of VARS was asked for.
    [[nodiscard]] bool is_used(std::string_view name) const;

  private:
    bool expand_into(std::string_view text, std::string& out, int depth);

    std::map<std::string, std::string, std::less<>> values_;
    std::map<std::string, bool, std::less<>> used_;
    std::string unknown_;
    std::vector<std::string> unset_;
    int macros_ = 0;
};

/// As condor_submit takes the name of a key: lower case, `+Name` as `my.name`.
[[nodiscard]] std::string submit_key(std::string_view text);

/// The words of `arguments`: the new syntax (all in double quotes, words in single ones) or the old one.
/// nullopt: a quote is not closed.
[[nodiscard]] std::optional<std::vector<std::string>> submit_arguments(std::string_view value);
/// NAME, VALUE of `environment`, in either syntax. nullopt: not in that form.
[[nodiscard]] std::optional<std::vector<std::pair<std::string, std::string>>> submit_environment(
    std::string_view value);

}  // namespace sbraid

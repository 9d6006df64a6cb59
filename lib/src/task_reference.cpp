// `STEP/…/NAME[ELEMENTS]+MINUTES` and `job:ID+MINUTES`, read from both ends inwards.
#include "task_reference.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "characters.hpp"

namespace sbraid {
namespace {

constexpr std::size_t k_longest_name = 64;
constexpr std::string_view k_job = "job:";

Unexpected wrong(std::string message, std::string hint = {}) {
    return Unexpected{Error{ErrorKind::invalid, std::move(message), std::move(hint)}};
}

bool is_name_character(char c) {
    return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
}

// Cuts the first step, up to a `/` that stands outside of brackets, off a path; nullopt: the last is left.
std::optional<std::string_view> take_step(std::string_view& text) {
    std::size_t end = text.find('/');
    std::size_t behind = end + 1;
    if (text.find('[') < end) {
        end = text.find("]/");
        if (end != std::string_view::npos) behind = ++end + 1;
    }
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view step = text.substr(0, end);
    text.remove_prefix(behind);
    return step;
}

/// `train`, `prep-*`, `train[3]`; `whole` is for messages.
Result<PathStep> parse_step(std::string_view text, std::string_view whole) {
    PathStep step;
    if (text.ends_with(']')) {
        const std::size_t bracket = text.find('[');
        if (bracket == std::string_view::npos) return wrong(fmt::format("'{}' has no '['", whole));
        const std::string_view inside = text.substr(bracket + 1, text.size() - bracket - 2);
        if (inside.find('=') != std::string_view::npos) {
            Result<Matrix::Selection> selection = parse_selection(inside);
            if (!selection)
                return wrong(fmt::format("'{}' names no element: {}", whole, selection.error().message),
                             selection.error().hint);
            step.selection = std::move(*selection);
        } else {
            Result<ArraySpec> elements = parse_array_spec(inside);
            if (!elements)
                return wrong(fmt::format("'{}' names no element: {}", whole, elements.error().message),
                             "as in \"train[3]\", \"train[0-3]\" or \"train[lr=1e-4]\"");
            if (elements->limit) return wrong(fmt::format("'{}': a limit has no meaning here", whole));
            step.elements = std::move(*elements);
        }
        text = text.substr(0, bracket);
    }
    step.is_glob = text.find('*') != std::string_view::npos;
    const bool well_formed =
        !text.empty() && text.size() <= k_longest_name &&
        std::all_of(text.begin(), text.end(), [](char c) { return is_name_character(c) || c == '*'; });
    if (!well_formed)
        return wrong(fmt::format("'{}' is not the name of a task", whole),
                     text.find_first_of(", ") != std::string_view::npos
                         ? "each task is a string of its own: [\"a\", \"b\"]"
                         : "letters, digits, . _ -, at most 64; * stands for any text");
    step.name = text;
    return step;
}

}  // namespace

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= k_longest_name && text.front() != '.' && text.front() != '-' &&
           std::all_of(text.begin(), text.end(), is_name_character);
}

Result<TaskReference> parse_task_reference(EdgeKind kind, std::string_view text) {
    constexpr std::uint64_t k_most_minutes = 0xFFFFFFFFU / 60;
    const std::string_view whole = text;
    TaskReference reference;
    reference.text = whole;
    if (text.empty()) return wrong(fmt::format("'{}' names a task that has no name", to_string(kind)));

    const std::size_t plus = text.rfind('+');
    const bool is_inside = text.ends_with(']');  // of a value: train[lr=1e+4]
    if (plus != std::string_view::npos && !is_inside) {
        const std::optional<std::uint64_t> minutes = number(text.substr(plus + 1));
        if (!minutes || *minutes > k_most_minutes)
            return wrong(fmt::format("'{}': behind the + stand minutes", whole),
                         "a whole number, as in \"prepare+10\"");
        if (kind != EdgeKind::after)
            return wrong(fmt::format("'{}': '{}' takes no minutes", whole, to_string(kind)),
                         "only 'after' does: minutes after the start of the other task");
        reference.delay = std::chrono::minutes{static_cast<std::int64_t>(*minutes)};
        text = text.substr(0, plus);
    }
    if (text.starts_with(k_job)) {
        reference.job = parse_job_key(text.substr(k_job.size()));
        if (!reference.job || reference.job->job.value == 0)
            return wrong(fmt::format("'{}' is not the id of a job", text.substr(k_job.size())),
                         "as in \"job:12345\" or \"job:12345_3\"");
        return reference;
    }
    while (const std::optional<std::string_view> step = take_step(text)) {
        Result<PathStep> read = parse_step(*step, whole);
        if (!read) return Unexpected{std::move(read.error())};
        reference.path.push_back(std::move(*read));
    }
    Result<PathStep> last = parse_step(text, whole);
    if (!last) return Unexpected{std::move(last.error())};
    static_cast<PathStep&>(reference) = std::move(*last);
    return reference;
}

}  // namespace sbraid

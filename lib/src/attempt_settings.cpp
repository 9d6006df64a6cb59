// Reads `retry` and `continue`: each member of their tables for itself, then the two beside what else the
// task has in the end. Both put the job back into the queue, so whatever forbids that, or takes the log or
// the signal away, is an error.
#include "attempt_settings.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

#include "characters.hpp"
#include "sbraid/reason.hpp"
#include "sbraid/suggest.hpp"
#include "sbraid/units.hpp"
#include "sbraid/workflow.hpp"
#include "slurm_value.hpp"
#include "wording.hpp"

namespace sbraid {
namespace {

using std::chrono::seconds;

constexpr std::uint32_t k_most = 1'000'000;
constexpr std::string_view k_retry_form = R"(retry = 3, or retry = { max = 3, on = ["fail", "oom"] })";
constexpr std::string_view k_continue_form = R"(continue = { signal = "USR2", lead = "5m", max = 20 })";
constexpr std::string_view k_cause_form =
    "fail, exit:N, signal:N, oom, timeout or node_fail; fail is any exit code but 0, and any signal";
/// Those that the batch script hands on, but for TERM, which Slurm itself sends at the limit.
constexpr std::array<std::string_view, 6> k_signals{"USR2", "USR1", "HUP", "INT", "QUIT", "ALRM"};

std::optional<std::uint32_t> read_count(Reader& reader, std::string_view key, const Node& node,
                                        std::uint32_t least) {
    const auto text = reader.scalar(key, node, "a whole number");
    if (!text) return std::nullopt;
    const auto count = number(*text);
    if (count && *count >= least && *count <= k_most) return static_cast<std::uint32_t>(*count);
    reader.error(
        node.place,
        fmt::format("{}: '{}' is not a whole number from {} to {}", key, shown(*text), least, k_most),
        "so many times after the first, at most");
    return std::nullopt;
}

std::optional<seconds> read_length(Reader& reader, std::string_view key, const Node& node) {
    constexpr std::string_view k_form = R"(a whole number with its unit: "90s", "5m", "2h" or "1d")";
    if (!std::holds_alternative<std::string>(node.value)) {
        reader.wrong_type(key, node, "a duration", k_form);
        return std::nullopt;
    }
    const auto text = reader.text(key, node, "a duration");
    if (!text) return std::nullopt;
    const auto length = parse_duration(*text);
    // Without a unit it would be minutes to one reader and seconds to another.
    if (length && !is_digit(text->back()) && length->count() > 0) return length;
    reader.error(node.place, fmt::format("{}: '{}' is not a duration", key, shown(*text)),
                 std::string{k_form});
    return std::nullopt;
}

void unknown_member(Reader& reader, const Entry& entry, std::string_view owner,
                    std::initializer_list<std::string_view> names, std::string_view form) {
    const std::vector<std::string_view> known{names};
    std::string hint = did_you_mean(entry.key, known);
    reader.error(entry.key_place, fmt::format("'{}' is not a key of '{}'", shown(entry.key), owner),
                 hint.empty() ? std::string{form} : std::move(hint));
}

/// `9`, `KILL`, `SIGKILL`; nullopt for what is no signal.
std::optional<int> signal_number(std::string_view text) {
    if (const auto value = number(text))
        return *value >= 1 && *value <= 64 ? std::optional{static_cast<int>(*value)} : std::nullopt;
    for (int signal = 1; signal < 32; ++signal) {
        const std::string name = signal_name(signal);
        if (equal_ignoring_case(name, text) || equal_ignoring_case(std::string_view{name}.substr(3), text))
            return signal;
    }
    return std::nullopt;
}

void read_cause(Reader& reader, const PlacedText& cause, AttemptSettings::Again& again) {
    constexpr std::array<std::string_view, 4> k_words{"fail", "oom", "timeout", "node_fail"};
    constexpr std::string_view k_exit = "exit:";
    constexpr std::string_view k_signal = "signal:";
    const std::string_view word = cause.text;
    Retry& retry = again.retry;
    if (word == "fail") {
        retry.fail = true;
    } else if (word == "oom") {
        retry.oom = true;
        again.oom = cause.place;
    } else if (word == "timeout") {
        retry.timeout = true;
        again.timeout = cause.place;
    } else if (word == "node_fail") {
        retry.node_fail = true;
    } else if (word.starts_with(k_exit)) {
        const auto code = number(word.substr(k_exit.size()));
        if (code && *code >= 1 && *code <= 255)
            retry.codes.push_back(static_cast<int>(*code));
        else
            reader.error(cause.place,
                         fmt::format("retry.on: '{}' names no exit code of a failure", shown(word)),
                         "exit codes of failures are 1 to 255");
    } else if (word.starts_with(k_signal)) {
        if (const auto signal = signal_number(word.substr(k_signal.size())))
            retry.codes.push_back(128 + *signal);
        else
            reader.error(cause.place, fmt::format("retry.on: '{}' names no signal", shown(word)),
                         R"(a number from 1 to 64, or a name, as in "signal:9" or "signal:KILL")");
    } else {
        std::string hint = did_you_mean(word, k_words);
        reader.error(cause.place, fmt::format("retry.on: '{}' is no way to end", shown(word)),
                     hint.empty() ? std::string{k_cause_form} : std::move(hint));
    }
}

void read_causes(Reader& reader, const Node& node, AttemptSettings::Again& again) {
    const std::vector<PlacedText> causes = reader.texts("retry.on", node, "an array of ways to end");
    if (const auto* array = std::get_if<Array>(&node.value); array != nullptr && array->items.empty())
        reader.error(node.place, "'retry.on' is empty: nothing would be tried again",
                     std::string{k_cause_form});
    for (const PlacedText& cause : causes) read_cause(reader, cause, again);
    auto& codes = again.retry.codes;
    std::sort(codes.begin(), codes.end());
    codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
}

void read_retry_table(Reader& reader, const Entry& entry, const Table& table, AttemptSettings::Again& again) {
    Retry& retry = again.retry;
    if (table.find("on") == nullptr) retry.fail = true;
    if (table.find("max") == nullptr)
        reader.error(entry.key_place, "'retry' does not say how often",
                     "max = 3: so many times after the first");
    for (const Entry& member : table.entries) {
        if (member.key == "max") {
            retry.max = read_count(reader, "retry.max", member.node, 1).value_or(1);
        } else if (member.key == "on") {
            read_causes(reader, member.node, again);
        } else if (member.key == "delay") {
            retry.delay = read_length(reader, "retry.delay", member.node).value_or(seconds{0});
        } else if (member.key == "inplace") {
            retry.inplace = reader.flag("retry.inplace", member.node).value_or(false);
            if (retry.inplace) again.inplace = member.key_place;
        } else {
            unknown_member(reader, member, "retry", {"max", "on", "delay", "inplace"}, k_retry_form);
        }
    }
}

void read_retry(Reader& reader, const Entry& entry, AttemptSettings& settings) {
    AttemptSettings::Again again;
    again.place = entry.key_place;
    if (const auto* table = std::get_if<Table>(&entry.node.value)) {
        read_retry_table(reader, entry, *table, again);
    } else if (std::holds_alternative<Integer>(entry.node.value) ||
               std::holds_alternative<std::string>(entry.node.value)) {
        again.retry.fail = true;
        again.retry.max = read_count(reader, "retry", entry.node, 0).value_or(0);
    } else {
        reader.wrong_type(entry.key, entry.node, "a number or a table", std::string{k_retry_form});
        return;
    }
    settings.retry = std::move(again);
}

void read_signal(Reader& reader, const Node& node, Continuation& continuation) {
    const auto text = reader.text("continue.signal", node, "a signal");
    if (!text) return;
    std::string_view name = *text;
    if (equal_ignoring_case(name.substr(0, 3), "SIG")) name.remove_prefix(3);
    const auto known = std::find_if(k_signals.begin(), k_signals.end(),
                                    [name](std::string_view one) { return equal_ignoring_case(one, name); });
    if (known != k_signals.end()) {
        continuation.signal = *known;
        return;
    }
    reader.error(node.place, fmt::format("continue.signal: '{}' cannot tell a task to stop", shown(*text)),
                 equal_ignoring_case(name, "TERM") ? "Slurm itself sends TERM, at the limit: take USR2"
                                                   : "USR2, USR1, HUP, INT, QUIT or ALRM");
}

void read_continue(Reader& reader, const Entry& entry, AttemptSettings& settings) {
    AttemptSettings::GoesOn goes_on;
    goes_on.place = goes_on.lead_place = entry.key_place;
    const auto* const truth = std::get_if<bool>(&entry.node.value);
    if (truth != nullptr && !*truth) {
        settings.goes_on = goes_on;
        return;
    }
    const auto* const table = std::get_if<Table>(&entry.node.value);
    if (table == nullptr) {
        reader.wrong_type(entry.key, entry.node, "a table, or false", std::string{k_continue_form});
        return;
    }
    Continuation& continuation = goes_on.continuation.emplace();
    if (table->find("max") == nullptr)
        reader.error(entry.key_place, "'continue' does not say how often",
                     "max = 20: so many times after the first");
    for (const Entry& member : table->entries) {
        if (member.key == "max") {
            continuation.max = read_count(reader, "continue.max", member.node, 1).value_or(1);
        } else if (member.key == "lead") {
            goes_on.lead_place = member.node.place;
            continuation.lead = read_length(reader, "continue.lead", member.node).value_or(continuation.lead);
        } else if (member.key == "signal") {
            read_signal(reader, member.node, continuation);
        } else {
            unknown_member(reader, member, "continue", {"signal", "lead", "max"}, k_continue_form);
        }
    }
    settings.goes_on = std::move(goes_on);
}

constexpr std::uint64_t k_early_s = 60;  ///< sbatch(1), --signal

class AttemptCheck {
  public:
    AttemptCheck(Reader& reader, const OptionOfScript& of_script, const Task& task)
        : reader_(reader), of_script_(of_script), task_(task) {}

    /// What takes away that the job comes back, or its log.
    void check_requeue(std::string_view key) const {
        const std::string alone = key == "retry" ? "retry = 0" : "continue = false";
        if (const SbatchOption* const never = task_.option("no-requeue"))
            refuse_requeue(never->place, key, "requeue = false", alone);
        else if (const ScriptOption* const line = of_script_("no-requeue"))
            refuse_requeue(line->place, key, "--no-requeue", alone);
        const std::string why = fmt::format(
            "each attempt would erase the log of the one before: with '{}' it is "
            "append",
            key);
        if (const SbatchOption* const mode = task_.option("open-mode");
            mode != nullptr && truncates(mode->value))
            reader_.error(mode->place,
                          fmt::format("open_mode = \"{}\" does not go with '{}'", *mode->value, key), why);
        else if (const ScriptOption* const line = of_script_("open-mode");
                 mode == nullptr && line != nullptr && truncates(line->value))
            reader_.error(line->place,
                          fmt::format("'--open-mode={}' does not go with '{}'", *line->value, key), why);
    }

    void check_inplace(const AttemptSettings::Again& again) const {
        if (!again.inplace) return;
        if (again.timeout)
            reader_.error(*again.timeout, "'timeout' does not go with 'inplace'",
                          "at the time limit the allocation is over: leave inplace out");
        const bool under_srun = task_.launch == Launcher::srun || task_.launch == Launcher::torchrun ||
                                task_.container.engine == Container::Engine::pyxis;
        if (again.oom && !under_srun)
            reader_.error(
                *again.oom, "'oom' with 'inplace' needs ranks under srun",
                "a job whose batch script ran out of memory is OUT_OF_MEMORY whatever follows: launch = "
                "\"srun\", or leave inplace out");
    }

    void check_continue(const AttemptSettings::GoesOn& goes_on) const {
        const Continuation& continuation = *goes_on.continuation;
        if (const SbatchOption* const own = task_.option("signal"))
            reader_.error(own->place, "'signal' and 'continue' exclude each other",
                          R"(continue sends a signal itself: continue = { signal = "USR2", ... })");
        else if (const ScriptOption* const line = of_script_("signal"))
            reader_.error(line->place, "'--signal' in a script and 'continue' exclude each other",
                          R"(continue sends a signal itself: continue = { signal = "USR2", ... })");
        constexpr std::int64_t k_longest_lead = 65535;  // sbatch(1), --signal
        if (continuation.lead.count() > k_longest_lead)
            reader_.error(goes_on.lead_place, "continue.lead: Slurm takes at most 65535 seconds",
                          R"(that is "18h")");
        check_lead(goes_on, "time");
        if (task_.option("time-min") != nullptr) check_lead(goes_on, "time-min");
    }

  private:
    static bool truncates(const std::optional<std::string>& value) {
        return value && !value->empty() && lower(value->front()) == 't';
    }

    void refuse_requeue(const Place& place, std::string_view key, std::string_view what,
                        const std::string& alone) const {
        reader_.error(place, fmt::format("'{}' and '{}' exclude each other", what, key),
                      fmt::format("the next attempt is a requeue; {} does without", alone));
    }

    void check_lead(const AttemptSettings::GoesOn& goes_on, std::string_view option) const {
        const SbatchOption* const own = task_.option(option);
        const ScriptOption* const line = own == nullptr ? of_script_(option) : nullptr;
        const std::optional<std::string> limit = own != nullptr    ? own->value
                                                 : line != nullptr ? line->value
                                                                   : std::nullopt;
        const auto length = limit ? slurm_value::time_limit_seconds(*limit) : std::nullopt;
        if (!limit)
            reader_.error(goes_on.place, "'continue' needs 'time' beside it",
                          "the signal comes so long before the limit as `lead` says");
        else if (!length || *length == 0)
            reader_.error(goes_on.place, fmt::format("'continue' has nothing to go over: time is {}", *limit),
                          "give it a limit, as in time = \"1-00:00:00\"");
        else if (static_cast<std::uint64_t>(goes_on.continuation->lead.count()) >= *length)
            reader_.error(goes_on.lead_place,
                          fmt::format("continue.lead ({}) is not shorter than '{}' ({})",
                                      format_duration(goes_on.continuation->lead.count()),
                                      option == "time" ? "time" : "time_min", *limit),
                          "the rest is what the task has to work in");
        else if (static_cast<std::uint64_t>(goes_on.continuation->lead.count()) + k_early_s >= *length)
            reader_.warning(goes_on.lead_place,
                            fmt::format("continue.lead ({}) is hardly shorter than '{}' ({})",
                                        format_duration(goes_on.continuation->lead.count()),
                                        option == "time" ? "time" : "time_min", *limit),
                            "Slurm may send the signal a minute early, and so at the very start");
    }

    Reader& reader_;
    const OptionOfScript& of_script_;
    const Task& task_;
};

}  // namespace

bool read_attempt_setting(Reader& reader, const Entry& entry, AttemptSettings& settings) {
    if (entry.key == "retry")
        read_retry(reader, entry, settings);
    else if (entry.key == "continue")
        read_continue(reader, entry, settings);
    else
        return false;
    return true;
}

void merge_attempts(Reader& reader, const AttemptSettings& defaults, const AttemptSettings& own,
                    const OptionOfScript& of_script, Task& task) {
    const auto& retry = own.retry ? own.retry : defaults.retry;
    const auto& goes_on = own.goes_on ? own.goes_on : defaults.goes_on;
    if (retry && retry->retry.max > 0) task.attempts.retry = retry->retry;
    if (goes_on) task.attempts.continuation = goes_on->continuation;
    if (!task.attempts.any()) return;
    const AttemptCheck check{reader, of_script, task};
    check.check_requeue(task.attempts.retry ? "retry" : "continue");
    if (task.attempts.retry) check.check_inplace(*retry);
    if (task.attempts.continuation) check.check_continue(*goes_on);
}

}  // namespace sbraid

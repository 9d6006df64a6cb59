#include "option_values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <limits>
#include <utility>

#include "release.hpp"

namespace sbraid {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

constexpr std::array<std::pair<std::string_view, int>, 11> k_mail_types{{
    {"ARRAY_TASKS", MAIL_ARRAY_TASKS},
    {"BEGIN", MAIL_JOB_BEGIN},
    {"END", MAIL_JOB_END},
    {"FAIL", MAIL_JOB_FAIL},
    {"INVALID_DEPEND", MAIL_INVALID_DEPEND},
    {"REQUEUE", MAIL_JOB_REQUEUE},
    {"STAGE_OUT", MAIL_JOB_STAGE_OUT},
    {"TIME_LIMIT", MAIL_JOB_TIME100},
    {"TIME_LIMIT_90", MAIL_JOB_TIME90},
    {"TIME_LIMIT_80", MAIL_JOB_TIME80},
    {"TIME_LIMIT_50", MAIL_JOB_TIME50},
}};
constexpr int k_all_mail = MAIL_INVALID_DEPEND | MAIL_JOB_BEGIN | MAIL_JOB_END | MAIL_JOB_FAIL |
                           MAIL_JOB_REQUEUE | MAIL_JOB_STAGE_OUT;

constexpr std::array<std::pair<std::string_view, int>, 15> k_signals{{
    {"HUP", SIGHUP},
    {"INT", SIGINT},
    {"QUIT", SIGQUIT},
    {"ABRT", SIGABRT},
    {"KILL", SIGKILL},
    {"ALRM", SIGALRM},
    {"TERM", SIGTERM},
    {"USR1", SIGUSR1},
    {"USR2", SIGUSR2},
    {"URG", SIGURG},
    {"CONT", SIGCONT},
    {"STOP", SIGSTOP},
    {"TSTP", SIGTSTP},
    {"TTIN", SIGTTIN},
    {"TTOU", SIGTTOU},
}};

template <std::size_t N>
std::optional<int> look_up(const std::array<std::pair<std::string_view, int>, N>& table,
                           std::string_view word) {
    const auto found = std::find_if(table.begin(), table.end(), [word](const auto& entry) {
        return equal_ignoring_case(entry.first, word);
    });
    if (found == table.end()) return std::nullopt;
    return found->second;
}

/// A number with `k` or `m` behind it.
std::optional<std::uint32_t> parse_node_number(std::string_view text) {
    std::uint64_t factor = 1;
    if (!text.empty() && lower(text.back()) == 'k') factor = 1024;
    if (!text.empty() && lower(text.back()) == 'm') factor = 1024 * 1024;
    if (factor > 1) text.remove_suffix(1);
    const auto number = whole_number<std::uint32_t>(text);
    if (!number || *number * factor > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
    return static_cast<std::uint32_t>(*number * factor);
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char left, char right) { return lower(left) == lower(right); });
}

std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t least, std::uint32_t most) {
    const auto number = whole_number<std::uint32_t>(text);
    if (!number || *number < least || *number > most) return std::nullopt;
    return number;
}

std::optional<std::uint64_t> parse_memory(std::string_view text) {
    if (!text.empty() && lower(text.back()) == 'b') {
        text.remove_suffix(1);
        if (text.empty() || std::string_view("kmgt").find(lower(text.back())) == std::string_view::npos)
            return std::nullopt;
    }
    char unit = 'm';
    if (!text.empty() && std::string_view("kmgt").find(lower(text.back())) != std::string_view::npos) {
        unit = lower(text.back());
        text.remove_suffix(1);
    }
    const auto number = whole_number<std::uint64_t>(text);
    if (!number || *number >= std::uint64_t{1} << 40U) return std::nullopt;
    switch (unit) {
        case 'k':
            return (*number + 1023) / 1024;
        case 'g':
            return *number * 1024;
        case 't':
            return *number * 1024 * 1024;
        default:
            return number;
    }
}

std::optional<NodeCount> parse_nodes(std::string_view text) {
    const auto dash = text.find('-');
    const auto least = parse_node_number(text.substr(0, dash));
    const auto most = dash == std::string_view::npos ? least : parse_node_number(text.substr(dash + 1));
    if (!least || !most || (*most != 0 && *most < *least)) return std::nullopt;
    return NodeCount{.least = *least, .most = *most};
}

std::optional<std::uint16_t> parse_mail_types(std::string_view text) {
    int types = 0;
    while (!text.empty()) {
        const auto word = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), word.size() + 1));
        if (equal_ignoring_case(word, "NONE")) return std::uint16_t{0};
        const auto type = equal_ignoring_case(word, "ALL") ? k_all_mail : look_up(k_mail_types, word);
        if (!type) return std::nullopt;
        types |= *type;
    }
    return static_cast<std::uint16_t>(types);
}

std::optional<WarningSignal> parse_warning_signal(std::string_view text) {
    WarningSignal result;
    const auto colon = text.find(':');
    if (colon != std::string_view::npos) {
        for (const char letter : text.substr(0, colon)) {
            if (lower(letter) != 'b' && lower(letter) != 'r') return std::nullopt;
            result.flags |= static_cast<std::uint16_t>(lower(letter) == 'b' ? KILL_JOB_BATCH : KILL_JOB_RESV);
        }
        text.remove_prefix(colon + 1);
    }
    const auto at = text.find('@');
    auto name = text.substr(0, at);
    if (name.size() > 3 && equal_ignoring_case(name.substr(0, 3), "SIG")) name.remove_prefix(3);
    if (const auto number = parse_number(name, 1, 64)) {
        result.signal = static_cast<std::uint16_t>(*number);
    } else if (const auto signal = look_up(k_signals, name)) {
        result.signal = static_cast<std::uint16_t>(*signal);
    } else {
        return std::nullopt;
    }
    if (at == std::string_view::npos) return result;
    const auto lead = parse_number(text.substr(at + 1), 0, 0xffff);
    if (!lead) return std::nullopt;
    result.lead = static_cast<std::uint16_t>(*lead);
    return result;
}

}  // namespace sbraid

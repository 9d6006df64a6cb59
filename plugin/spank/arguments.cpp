#include "spank/arguments.hpp"

#include "spank/slice.hpp"

namespace sbraid::spank {
namespace {

constexpr std::size_t k_longest_path = 1000;  // fits every field of protocol::Hello

bool is_path(std::string_view value) noexcept {
    return !value.empty() && value[0] == '/' && value.size() <= k_longest_path;
}

bool take(std::string_view word, const char* text, Arguments& arguments) noexcept {
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos) return false;
    const std::string_view key = slice(word, 0, equals);
    const std::string_view value = slice(word, equals + 1);
    const char* value_text = text + equals + 1;

    if (key == "budget_us") return parse_number(value, arguments.budget_us);
    if (key == "patience_ms") return parse_number(value, arguments.patience_ms);
    if (!is_path(value)) return false;
    if (key == "collect") {
        arguments.collect = value_text;
    } else if (key == "spool") {
        arguments.spool = value_text;
    } else if (key == "nvml") {
        arguments.nvml = value_text;
    } else if (key == "sim") {
        arguments.sim = value_text;
    } else {
        return false;
    }
    return true;
}

}  // namespace

bool parse_number(std::string_view text, std::uint32_t& number) noexcept {
    if (text.empty() || text.size() > 6) return false;
    std::uint32_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return false;
        value = value * 10 + static_cast<std::uint32_t>(c - '0');
    }
    number = value;
    return true;
}

Arguments parse_arguments(int argc, char* const argv[], const char* default_collect) noexcept {
    Arguments arguments{.collect = default_collect};
    for (int i = 0; i < argc; ++i)
        if (argv[i] != nullptr && !take(argv[i], argv[i], arguments) && arguments.wrong == nullptr)
            arguments.wrong = argv[i];
    return arguments;
}

}  // namespace sbraid::spank

// Grammars of the values of sbatch's options, one small function each; slurm_time.cpp has those of times.
#include "slurm_value.hpp"

#include <fmt/format.h>
#include <array>

#include "characters.hpp"

namespace sbraid::slurm_value {
namespace {

constexpr std::uint64_t k_most = 0xFFFFFFF0;  // Slurm keeps counts in 32 bits; the largest values mean "none"

Complaint because(std::string text, std::string hint = {}) {
    return {std::move(text), std::move(hint)};
}

// A count of a generic resource: a number, k m g t or p behind it.
bool is_resource_count(std::string_view text) {
    if (!text.empty() && std::string_view{"kKmMgGtTpP"}.find(text.back()) != std::string_view::npos)
        text.remove_suffix(1);
    return number(text).has_value();
}

bool is_resource_name(std::string_view text) {
    return !text.empty() && text.front() != '-' && std::all_of(text.begin(), text.end(), [](char c) {
        return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.' || c == '/';
    });
}

// Each part between commas; an empty one is wrong everywhere.
template <class Check>
Verdict each(std::string_view text, Check check) {
    for (const std::string_view part : split(text, ',')) {
        if (part.empty()) return because("there is an empty part between the commas");
        if (Verdict verdict = check(part)) return verdict;
    }
    return {};
}

/// A count that Slurm does not take: negative, or with a fraction. (`1g.10gb` is a type.)
bool is_wrong_count(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos) return negative && is_number(text);
    return is_number(text.substr(0, dot)) && is_number(text.substr(dot + 1));
}

Complaint wrong_count(std::string_view text) {
    return because(fmt::format("'{}' is not a count", text), "a count is a whole number from 0");
}

Verdict resource(std::string_view text) {
    if (text.starts_with("gres:") || text.starts_with("gres/")) text.remove_prefix(5);
    const auto parts = split(text, text.find('=') != std::string_view::npos ? '=' : ':');
    if (parts.size() == 2 && parts[0].find(':') != std::string_view::npos)
        return resource(parts[0]);  // gpu:h100=2
    if (parts.size() > 3) return because(fmt::format("'{}' has more than a name, a type and a count", text));
    if (parts.size() > 1 && is_wrong_count(parts.back())) return wrong_count(parts.back());
    for (const std::string_view part : parts)
        if (!is_resource_name(part)) return because(fmt::format("'{}' is not a resource", text));
    if (is_number(parts[0])) return because(fmt::format("'{}' does not start with a name", text));
    if (parts.size() == 3 && !is_resource_count(parts[2])) {
        if (is_resource_count(parts[1]))
            return because("the type stands before the count",
                           fmt::format("did you mean '{}:{}:{}'?", parts[0], parts[2], parts[1]));
        return because(fmt::format("'{}' is not a count", parts[2]));
    }
    return {};
}

Verdict gpu(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    const std::string_view amount = colon == std::string_view::npos ? text : text.substr(colon + 1);
    if (is_wrong_count(amount)) return wrong_count(amount);
    if (!is_resource_count(amount)) {
        const bool is_all = text == "all" || text == "auto" || text == "any" || text == "max";
        if (is_all)
            return because("Slurm takes a number",
                           "write how many; with exclusive = true a job has all GPUs of its nodes");
        if (colon == std::string_view::npos && is_resource_name(text))
            return because("there is no count", fmt::format("did you mean '{}:1'?", text));
        if (colon != std::string_view::npos && is_resource_count(text.substr(0, colon)))
            return because("the type stands before the count",
                           fmt::format("did you mean '{}:{}'?", amount, text.substr(0, colon)));
        return because(fmt::format("'{}' is not a count", amount));
    }
    if (colon != std::string_view::npos && !is_resource_name(text.substr(0, colon)))
        return because(fmt::format("'{}' is not a type", text.substr(0, colon)));
    return {};
}

/// A number or 0x and hexadecimal digits, `*N` behind it: so many ranks in turn.
Verdict gpu_id(std::string_view text) {
    const std::string_view id = text.substr(0, text.find('*'));
    const bool hexadecimal = id.starts_with("0x") || id.starts_with("0X");
    const std::string_view digits = hexadecimal ? id.substr(2) : id;
    const bool good = !digits.empty() &&
                      digits.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos &&
                      (id.size() == text.size() || is_number(text.substr(id.size() + 1)));
    return good ? Verdict{} : because(fmt::format("'{}' is not a number", text));
}

std::optional<std::uint64_t> node_number(std::string_view text) {
    std::uint64_t unit = 1;
    if (!text.empty() && (lower(text.back()) == 'k' || lower(text.back()) == 'm')) {
        unit = lower(text.back()) == 'k' ? 1024 : 1024 * 1024;
        text.remove_suffix(1);
    }
    const std::optional<std::uint64_t> value = number(text);
    if (!value || *value > k_most / unit) return std::nullopt;
    return *value * unit;
}

bool balanced(std::string_view text, char open, char close) {
    int depth = 0;
    for (const char c : text) {
        if (c == open) ++depth;
        if (c == close && --depth < 0) return false;
    }
    return depth == 0;
}

}  // namespace

Verdict count(std::string_view text) {
    const std::optional<std::uint64_t> value = number(text);
    return value && *value >= 1 && *value <= k_most ? Verdict{} : Complaint{};
}

Verdict whole(std::string_view text) {
    const std::optional<std::uint64_t> value = number(text);
    return value && *value <= k_most ? Verdict{} : Complaint{};
}

Verdict adjustment(std::string_view text) {
    constexpr std::uint64_t k_limit = 2147483645;
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    const std::optional<std::uint64_t> value = number(text);
    return value && *value <= k_limit ? Verdict{} : Complaint{};
}

Verdict priority(std::string_view text) {
    return equal_ignoring_case(text, "TOP") ? Verdict{} : whole(text);
}

Verdict memory(std::string_view text) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const std::string_view unit = text.substr(digits);
    if (!number(text.substr(0, digits))) {
        if (text.starts_with('-')) return because("it is negative");
        return Complaint{};
    }
    if (unit.starts_with('.')) return because("it is not a whole number");
    constexpr std::array<std::string_view, 9> k_units{"", "K", "M", "G", "T", "KB", "MB", "GB", "TB"};
    const bool is_known = std::any_of(k_units.begin(), k_units.end(),
                                      [unit](std::string_view u) { return equal_ignoring_case(u, unit); });
    if (is_known) return {};
    const bool is_binary = unit.size() == 3 && equal_ignoring_case(unit.substr(1), "iB") &&
                           std::string_view{"kmgtKMGT"}.find(unit.front()) != std::string_view::npos;
    return because(
        fmt::format("there is no unit '{}'", unit),
        is_binary ? fmt::format("did you mean \"{}{}\"? it is the same", text.substr(0, digits), unit.front())
                  : std::string{});
}

Verdict node_count(std::string_view text) {
    return each(text, [](std::string_view part) -> Verdict {
        const std::size_t colon = part.find(':');
        const std::string_view range = part.substr(0, colon);
        const std::size_t dash = range.find('-');
        const auto first = node_number(range.substr(0, dash));
        const auto last = dash == std::string_view::npos ? first : node_number(range.substr(dash + 1));
        if (!first || !last) return Complaint{};
        if (colon != std::string_view::npos && count(part.substr(colon + 1))) return Complaint{};
        if (*last < *first)
            return because("it runs backwards", fmt::format("did you mean '{}-{}'?", range.substr(dash + 1),
                                                            range.substr(0, dash)));
        if (*last == 0) return because("a job has at least one node");
        return {};
    });
}

Verdict gres(std::string_view text) {
    if (equal_ignoring_case(text, "help"))
        return because("it asks sbatch for help", "`sinfo -o %G` lists the resources of a cluster");
    return each(text, resource);
}

Verdict gpus(std::string_view text) {
    return each(text, gpu);
}

Verdict tres(std::string_view text) {
    return each(text, [](std::string_view part) -> Verdict {
        const std::size_t separator = part.find_last_of(":=");
        if (separator == std::string_view::npos || !is_resource_count(part.substr(separator + 1)))
            return because(fmt::format("'{}' has no count", part));
        if (!is_letter(part.front())) return because(fmt::format("'{}' does not start with a name", part));
        return {};
    });
}

Verdict licenses(std::string_view text) {
    const char separator = text.find('|') != std::string_view::npos ? '|' : ',';  // or: since 24.11
    for (const std::string_view part : split(text, separator)) {
        const std::size_t colon = part.find_last_of(":=");
        if (part.empty() || colon == 0) return because("a name is missing");
        if (colon != std::string_view::npos && !number(part.substr(colon + 1)))
            return because(fmt::format("'{}' is not a count", part.substr(colon + 1)));
    }
    return {};
}

Verdict signal(std::string_view text) {
    constexpr std::array<std::string_view, 15> k_names{"HUP",  "INT",  "QUIT", "ABRT", "KILL",
                                                       "ALRM", "TERM", "USR1", "USR2", "URG",
                                                       "CONT", "STOP", "TSTP", "TTIN", "TTOU"};
    const std::size_t colon = text.find(':');
    if (colon != std::string_view::npos) {
        for (const char c : text.substr(0, colon))
            if (lower(c) != 'r' && lower(c) != 'b')
                return because(fmt::format("'{}' is neither R nor B", text.substr(0, colon)));
        text.remove_prefix(colon + 1);
    }
    const std::size_t at = text.find('@');
    if (at != std::string_view::npos && number(text.substr(at + 1)).value_or(99'999) > 65535)
        return because(fmt::format("'{}' is not a number of seconds up to 65535", text.substr(at + 1)));
    std::string_view name = text.substr(0, at);
    if (is_number(name))
        return number(name).value_or(0) >= 1 && number(name).value_or(99) <= 64
                   ? Verdict{}
                   : because("signals are 1 to 64");
    if (name.size() > 3 && equal_ignoring_case(name.substr(0, 3), "SIG")) name.remove_prefix(3);
    const bool known = std::any_of(k_names.begin(), k_names.end(),
                                   [name](std::string_view n) { return equal_ignoring_case(n, name); });
    if (!known) return because(fmt::format("there is no signal '{}'", name));
    return {};
}

Verdict features(std::string_view text) {
    if (text.empty()) return Complaint{};
    if (!balanced(text, '[', ']')) return because("the brackets do not match");
    if (!balanced(text, '(', ')')) return because("the parentheses do not match");
    if (text.find("&&") != std::string_view::npos || text.find("||") != std::string_view::npos)
        return because("Slurm writes and as `&`, or as `|`");
    if (std::string_view{"&|,"}.find(text.front()) != std::string_view::npos ||
        std::string_view{"&|,"}.find(text.back()) != std::string_view::npos)
        return because("a feature is missing beside an operator");
    return {};
}

Verdict node_list(std::string_view text) {
    if (text.empty()) return Complaint{};
    if (text.find('/') != std::string_view::npos) return {};  // a file that holds the list
    if (!balanced(text, '[', ']')) return because("the brackets do not match");
    if (std::any_of(text.begin(), text.end(), is_blank)) return because("there is a blank in it");
    if (text.front() == ',' || text.back() == ',' || text.find(",,") != std::string_view::npos)
        return because("there is an empty part between the commas");
    return {};
}

Verdict gpu_binding(std::string_view text) {
    constexpr std::array<std::string_view, 2> k_words{"closest", "none"};
    constexpr std::array<std::string_view, 2> k_prefixes{"per_task:", "single:"};
    for (const std::string_view verbose : {"verbose,", "v,", "quiet,", "q,"})
        if (text.starts_with(verbose)) text.remove_prefix(verbose.size());
    if (text.starts_with("gpu:")) text.remove_prefix(4);
    if (text.starts_with("gres/gpu:")) text.remove_prefix(9);
    const bool word = std::any_of(k_words.begin(), k_words.end(),
                                  [text](std::string_view w) { return equal_ignoring_case(w, text); });
    for (const std::string_view list : {"map_gpu:", "mask_gpu:"})
        if (text.size() > list.size() && equal_ignoring_case(list, text.substr(0, list.size())))
            return each(text.substr(list.size()), gpu_id);
    const bool prefixed = std::any_of(k_prefixes.begin(), k_prefixes.end(), [text](std::string_view p) {
        return text.size() > p.size() && equal_ignoring_case(p, text.substr(0, p.size()));
    });
    return word || prefixed ? Verdict{} : Complaint{};
}

Verdict gpu_frequency(std::string_view text) {
    constexpr std::array<std::string_view, 4> k_words{"low", "medium", "high", "highm1"};
    return each(text, [&k_words](std::string_view part) -> Verdict {
        if (part == "verbose") return {};
        if (part.starts_with("memory=")) part.remove_prefix(7);
        const bool known = std::find(k_words.begin(), k_words.end(), part) != k_words.end() || number(part);
        return known ? Verdict{} : because(fmt::format("'{}' is none", part));
    });
}

Verdict sampling(std::string_view text) {
    constexpr std::array<std::string_view, 4> k_types{"task", "energy", "network", "filesystem"};
    if (is_number(text)) return {};
    return each(text, [&k_types](std::string_view part) -> Verdict {
        const std::size_t equals = part.find('=');
        const std::string_view type = part.substr(0, equals);
        if (std::none_of(k_types.begin(), k_types.end(),
                         [type](std::string_view t) { return equal_ignoring_case(t, type); }))
            return because(fmt::format("there is no type '{}'", type));
        if (equals == std::string_view::npos || !is_number(part.substr(equals + 1)))
            return because(fmt::format("'{}' has no interval in seconds", part));
        return {};
    });
}

Verdict switches(std::string_view text) {
    const std::size_t at = text.find('@');
    if (Verdict verdict = count(text.substr(0, at))) return verdict;
    return at == std::string_view::npos ? Verdict{} : time_limit(text.substr(at + 1));
}

Verdict sockets(std::string_view text) {
    const auto parts = split(text, ':');
    if (parts.size() > 3) return because("there are more than three parts");
    for (const std::string_view part : parts)
        for (const std::string_view bound : split(part, '-'))
            if (part != "*" && count(bound)) return because(fmt::format("'{}' is not a count", part));
    return {};
}

Verdict distribution(std::string_view text) {
    constexpr std::array<std::string_view, 6> k_first{"*",         "block",   "cyclic",
                                                      "arbitrary", "fcyclic", "plane"};
    const std::string_view methods = text.substr(0, text.find(','));
    for (const std::string_view method : split(methods, ':')) {
        const std::string_view name = method.substr(0, method.find('='));
        if (std::none_of(k_first.begin(), k_first.end(),
                         [name](std::string_view m) { return equal_ignoring_case(m, name); }))
            return because(fmt::format("there is no method '{}'", name));
        if (!equal_ignoring_case(name, "plane")) continue;
        if (name.size() == method.size()) return because("there is no size", "as in 'plane=4'");
        if (count(method.substr(name.size() + 1)))
            return because(fmt::format("'{}' is not a size", method.substr(name.size() + 1)));
    }
    if (methods.size() == text.size()) return {};
    const std::string_view packing = text.substr(methods.size() + 1);
    if (!equal_ignoring_case(packing, "pack") && !equal_ignoring_case(packing, "nopack"))
        return because(fmt::format("'{}' is neither Pack nor NoPack", packing));
    return {};
}

Verdict one_cluster(std::string_view text) {
    if (text.find(',') != std::string_view::npos || equal_ignoring_case(text, "all"))
        return because("jobs on different clusters cannot wait for each other");
    return text.empty() ? Verdict{Complaint{}} : Verdict{};
}

}  // namespace sbraid::slurm_value

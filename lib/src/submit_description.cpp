// Submit descriptions, read line by line as condor_submit does: a backslash at the end of a line joins it
// with the next, `#` starts a comment, assignments are kept as text and expanded only where they are used,
// with the last one of a name. What changes the meaning of other lines (if, include, use) is not understood,
// and said.
#include "submit_description.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

#include "characters.hpp"
#include "utf8.hpp"
#include "wording.hpp"

namespace sbraid {
namespace {

constexpr int k_deepest = 32;                             // macros inside macros
constexpr int k_most_macros = 10'000;                     // in one text
constexpr std::size_t k_longest = std::size_t{1} << 20U;  // of an expanded text

std::string lowered(std::string_view text) {
    std::string result{text};
    std::transform(result.begin(), result.end(), result.begin(), lower);
    return result;
}

// Control characters stand for runtime values later, so that none may come from the text.
std::string without_controls(std::string_view text) {
    std::string result{text};
    std::replace_if(
        result.begin(), result.end(), [](char c) { return is_control(c) && c != '\t'; }, ' ');
    return result;
}

bool is_of_macro_name(char c) {
    return is_letter(c) || is_digit(c) || c == '_' || c == '.';
}

bool is_macro_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), is_of_macro_name);
}

// NAME of each $(NAME) and $(NAME:default), in lower case.
std::set<std::string, std::less<>> macros_in(std::string_view text) {
    std::set<std::string, std::less<>> names;
    for (std::size_t at = text.find("$("); at != std::string_view::npos; at = text.find("$(", at + 1)) {
        const auto begin = text.begin() + static_cast<std::ptrdiff_t>(at) + 2;
        const auto end = std::find_if_not(begin, text.end(), is_of_macro_name);
        if (end != text.end() && (*end == ')' || *end == ':')) names.insert(lowered({begin, end}));
    }
    return names;
}

std::string_view first_word(std::string_view line) {
    return line.substr(0, std::min(line.find_first_of(" \t=:"), line.size()));
}

bool changes_meaning(std::string_view word) {
    constexpr std::array<std::string_view, 6> k_words{"if", "elif", "else", "endif", "include", "use"};
    return std::any_of(k_words.begin(), k_words.end(),
                       [word](std::string_view known) { return equal_ignoring_case(known, word); });
}

std::optional<RuntimeValue> runtime_value(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, RuntimeValue>, 5> k_known{{
        {"cluster", RuntimeValue::job_id},
        {"clusterid", RuntimeValue::job_id},
        {"process", RuntimeValue::process},
        {"procid", RuntimeValue::process},
        {"retry", RuntimeValue::retry},
    }};
    for (const auto& [known, value] : k_known)
        if (known == name) return value;
    return std::nullopt;
}

// Set by DAGMan while it runs, or by `queue` for each job.
bool is_known_only_there(std::string_view name) {
    constexpr std::array<std::string_view, 7> k_names{"failed_count", "dag_status", "node",     "step",
                                                      "item",         "row",        "itemindex"};
    return std::find(k_names.begin(), k_names.end(), name) != k_names.end();
}

// Words between blanks; single quotes hold a word together, two of them inside are one.
std::optional<std::vector<std::string>> quoted_words(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    bool has_word = false;
    bool in_quotes = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '\'' && in_quotes && text.substr(at + 1).starts_with('\'')) {
            word += c;
            ++at;
        } else if (c == '\'') {
            in_quotes = !in_quotes;
            has_word = true;
        } else if (is_blank(c) && !in_quotes) {
            if (has_word) words.push_back(std::move(word));
            word.clear();
            has_word = false;
        } else {
            word += c;
            has_word = true;
        }
    }
    if (in_quotes) return std::nullopt;
    if (has_word) words.push_back(std::move(word));
    return words;
}

// The text between double quotes, with `""` as one; nullopt when it does not stand in them.
std::optional<std::string> inside_double_quotes(std::string_view text) {
    if (text.size() < 2 || !text.starts_with('"') || !text.ends_with('"')) return std::nullopt;
    text = text.substr(1, text.size() - 2);
    std::string result;
    for (std::size_t at = 0; at < text.size(); ++at) {
        result += text[at];
        if (text[at] == '"' && text.substr(at + 1).starts_with('"')) ++at;
    }
    return result;
}

// A value that names its own key means the one before.
std::string with_previous(const SubmitItem& item, const std::string& before) {
    const std::string self = fmt::format("$({})", item.key);
    const std::string_view value = item.value;
    std::string result;
    for (std::size_t at = 0; at < value.size();) {
        if (equal_ignoring_case(value.substr(at, self.size()), self)) {
            result += before;
            at += self.size();
        } else {
            result += value[at++];
        }
        if (result.size() > k_longest) return item.value;  // refers to itself for ever: expand() says so
    }
    return result;
}

class Reader {
  public:
    Reader(std::uint32_t file, std::span<const TextLine> lines) : file_(file), lines_(lines) {}

    SubmitDescription read() {
        while (next_ < lines_.size() && !result_.queue) read_line();
        for (const SubmitItem& item : result_.items) result_.asked_for.merge(macros_in(item.value));
        return std::move(result_);
    }

  private:
    void read_line() {
        const TextLine& first = lines_[next_++];
        const std::string_view text = trimmed(first.text);
        if (text.empty() || text.starts_with('#')) return;
        const auto indent = static_cast<std::size_t>(text.data() - first.text.data());
        std::string whole{text};
        while (whole.ends_with('\\') && next_ < lines_.size()) {
            whole.pop_back();
            whole += trimmed(lines_[next_++].text);
        }
        const std::string_view word = first_word(whole);
        const Place place{
            file_, first.number,
            static_cast<std::uint32_t>(utf8::count(std::string_view{first.text}.substr(0, indent)) + 1),
            static_cast<std::uint32_t>(utf8::count(word))};
        const std::size_t equals = whole.find('=');
        const bool assigns = equals != std::string::npos &&
                             trimmed(std::string_view{whole}.substr(word.size())).starts_with('=');
        if (equal_ignoring_case(word, "queue") && !assigns) {
            result_.queue = SubmitItem{"queue", without_controls(trimmed(whole.substr(word.size()))), place};
        } else if (changes_meaning(word) && !assigns) {
            not_understood(place, fmt::format("'{}' in a submit description is not understood", word));
        } else if (const std::string key =
                       submit_key(whole.substr(0, std::min(whole.find_first_of("=@"), whole.size())));
                   equals == std::string::npos || !is_macro_name(key)) {
            not_understood(place, fmt::format("'{}' is not a line of a submit description", shown(whole)));
        } else if (whole.find('@') < equals) {
            result_.items.push_back({key, several_lines(whole.substr(equals + 1)), place});
        } else {
            result_.items.push_back(
                {key, without_controls(trimmed(std::string_view{whole}.substr(equals + 1))), place});
        }
    }

    // key @=END … @END
    std::string several_lines(const std::string& word) {
        const std::string end = "@" + std::string{trimmed(word)};
        std::string value;
        while (next_ < lines_.size()) {
            const std::string_view line = trimmed(lines_[next_++].text);
            if (line == end) break;
            value += fmt::format("{}{}", value.empty() ? "" : " ", line);
        }
        return without_controls(value);
    }

    void not_understood(const Place& place, std::string message) {
        if (!result_.not_understood)
            result_.not_understood = Diagnostic{Severity::warning, place, std::move(message)};
    }

    std::uint32_t file_;
    std::span<const TextLine> lines_;
    std::size_t next_ = 0;
    SubmitDescription result_;
};

}  // namespace

std::string submit_key(std::string_view text) {
    std::string key = lowered(trimmed(text));
    if (key.starts_with('+')) key = "my." + key.substr(1);
    return key;
}

SubmitDescription read_submit_description(std::uint32_t file, std::span<const TextLine> lines) {
    return Reader{file, lines}.read();
}

SubmitMacros::SubmitMacros(const SubmitDescription& description, Vars before, Vars after,
                           std::string_view node) {
    const auto give = [this](const std::pair<std::string, std::string>& var) {
        values_[submit_key(var.first)] = without_controls(var.second);
        used_.emplace(submit_key(var.first), false);
    };
    values_["job"] = without_controls(node);
    values_["dollar"] = "$";
    std::for_each(before.begin(), before.end(), give);
    for (const SubmitItem& item : description.items) {
        const auto known = values_.find(item.key);
        if (const auto used = used_.find(item.key);
            used != used_.end() && macros_in(item.value).contains(item.key))
            used->second = true;
        std::string value = with_previous(item, known == values_.end() ? std::string{} : known->second);
        values_[item.key] = std::move(value);
    }
    std::for_each(after.begin(), after.end(), give);
}

std::optional<std::string_view> SubmitMacros::value(std::string_view key) const {
    const auto found = values_.find(key);
    return found == values_.end() ? std::nullopt : std::optional<std::string_view>{found->second};
}

bool SubmitMacros::is_used(std::string_view name) const {
    const auto found = used_.find(submit_key(name));
    return found != used_.end() && found->second;
}

std::optional<std::string> SubmitMacros::expand(std::string_view text) {
    unknown_.clear();
    unset_.clear();
    macros_ = 0;
    std::string result;
    if (!expand_into(text, result, 0)) return std::nullopt;
    return result;
}

bool SubmitMacros::expand_into(std::string_view text, std::string& out, int depth) {
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] != '$') {
            out += text[at++];
            continue;
        }
        // $(name), or a function: $NAME(…), $$(…)
        std::size_t open = at + 1;
        while (open < text.size() && (is_letter(text[open]) || text[open] == '_' || text[open] == '$'))
            ++open;
        if (open >= text.size() || text[open] != '(') {
            out += text[at++];
            continue;
        }
        std::size_t close = open;
        int level = 0;
        for (; close < text.size(); ++close) {
            if (text[close] == '(') ++level;
            if (text[close] == ')' && --level == 0) break;
        }
        const std::string_view whole = text.substr(at, std::min(close + 1, text.size()) - at);
        const std::string_view inside =
            close < text.size() ? text.substr(open + 1, close - open - 1) : std::string_view{};
        const std::size_t colon = inside.find(':');
        const std::string name = lowered(trimmed(inside.substr(0, colon)));
        const bool is_plain = open == at + 1 && is_macro_name(name);
        if (!is_plain || depth == k_deepest || ++macros_ > k_most_macros || out.size() > k_longest) {
            unknown_ = whole;
            return false;
        }
        at = close + 1;
        if (const auto used = used_.find(name); used != used_.end()) used->second = true;
        if (const auto known = values_.find(name); known != values_.end()) {
            const std::string value = known->second;
            if (!expand_into(value, out, depth + 1)) return false;
        } else if (const auto runtime = runtime_value(name)) {
            out += static_cast<char>(*runtime);
        } else if (colon != std::string_view::npos) {
            if (!expand_into(inside.substr(colon + 1), out, depth + 1)) return false;
        } else if (is_known_only_there(name)) {
            unknown_ = whole;
            return false;
        } else {
            unset_.push_back(name);
        }
    }
    return out.size() <= k_longest;
}

std::optional<std::vector<std::string>> submit_arguments(std::string_view value) {
    value = trimmed(value);
    if (const auto inside = inside_double_quotes(value)) return quoted_words(*inside);
    std::vector<std::string> words;
    std::string word;
    for (std::size_t at = 0; at <= value.size(); ++at) {
        if (at == value.size() || is_blank(value[at])) {
            if (!word.empty()) words.push_back(std::move(word));
            word.clear();
        } else if (value.substr(at).starts_with("\\\"")) {
            word += '"';
            ++at;
        } else {
            word += value[at];
        }
    }
    return words;
}

std::optional<std::vector<std::pair<std::string, std::string>>> submit_environment(std::string_view value) {
    value = trimmed(value);
    std::vector<std::string> parts;
    if (const auto inside = inside_double_quotes(value)) {
        auto words = quoted_words(*inside);
        if (!words) return std::nullopt;
        parts = std::move(*words);
    } else {
        for (const std::string_view part : split(value, ';'))
            if (!trimmed(part).empty()) parts.emplace_back(trimmed(part));
    }
    std::vector<std::pair<std::string, std::string>> result;
    for (const std::string& part : parts) {
        const std::size_t equals = part.find('=');
        if (equals == std::string::npos || equals == 0) return std::nullopt;
        result.emplace_back(part.substr(0, equals), part.substr(equals + 1));
    }
    return result;
}

}  // namespace sbraid

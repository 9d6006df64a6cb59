// Replaces {{name}} in strings.
//
// A string is cut at each `{{`: `{{{{` gives two braces, `{{name}}` gives a value, anything else is an error.
// Values are not looked into again; one of [vars] may use those above it. The place of a mistake inside a
// string is found by walking the same tokens through the source text, which differs from the string only by
// escapes.
#include "vars.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>

#include "characters.hpp"
#include "replaced.hpp"
#include "sbraid/suggest.hpp"
#include "utf8.hpp"
#include "wording.hpp"

namespace sbraid {
namespace {

constexpr std::string_view k_open = "{{";
constexpr std::string_view k_close = "}}";
constexpr std::string_view k_escape = "{{{{";
constexpr std::size_t k_longest =
    256;  // bytes from {{ to }}: beyond it nobody looks, so that a stray {{ stays cheap

bool is_name(std::string_view text) {
    return !text.empty() && (is_letter(text.front()) || text.front() == '_') &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; });
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

// One `{{…` of a text.
struct Token {
    std::string_view text;  // with its braces
    std::string_view name;  // empty: the escape, or not right
    bool is_escape = false;
};

// The next token of `text` from `at` on.
std::optional<Token> next_token(std::string_view text, std::size_t at) {
    at = text.find(k_open, at);
    if (at == std::string_view::npos) return std::nullopt;
    if (text.substr(at).starts_with(k_escape)) return Token{text.substr(at, k_escape.size()), {}, true};
    const std::size_t length = text.substr(at, k_longest).find(k_close);
    if (length == std::string_view::npos) return Token{text.substr(at, k_open.size()), {}};
    const std::size_t end = at + length;
    const std::string_view name = trimmed(text.substr(at + k_open.size(), end - at - k_open.size()));
    if (!is_name(name)) return Token{text.substr(at, k_open.size()), {}};
    return Token{text.substr(at, end + k_close.size() - at), name};
}

std::optional<std::string> text_of(const Node& node) {
    if (const auto* integer = std::get_if<Integer>(&node.value)) return integer->text;
    if (const auto* real = std::get_if<Float>(&node.value)) return real->text;
    if (const auto* truth = std::get_if<bool>(&node.value)) return *truth ? "true" : "false";
    return std::nullopt;
}

}  // namespace

std::string parameter_mark(std::string_view key) {
    return fmt::format("\x1d{}\x1e", key);
}

std::string with_names(std::string text) {
    return replaced(replaced(std::move(text), "\x1d", "{{"), "\x1e", "}}");
}

std::string with_values(std::string text, const Matrix& matrix, std::uint32_t index) {
    for (std::size_t axis = 0; axis < matrix.axes().size(); ++axis)
        text = replaced(std::move(text), parameter_mark(matrix.axes()[axis].key), matrix.value(index, axis));
    return text;
}

Vars::Vars(const Document& document, const std::map<std::string, std::string>& from_command_line,
           const Sources* sources, Diagnostics& out)
    : sources_(sources), out_(out) {
    for (const auto& [name, text] : from_command_line) {
        if (!is_name(name))
            out_.push_back({Severity::error,
                            {},
                            fmt::format("-D {}: a variable's name is letters, digits, _ and -", name),
                            {}});
        values_[name] = {text};
    }
    const Entry* const vars = document.root().find("vars");
    if (vars == nullptr) return;
    if (const auto* table = std::get_if<Table>(&vars->node.value)) {
        read(*table, from_command_line);
    } else {
        out_.push_back(
            {Severity::error, vars->node.place,
             fmt::format("'vars' takes a table of variables, not {}", with_article(vars->node.type_name())),
             "write [vars], and name = value below it"});
    }
}

void Vars::read(const Table& table, const std::map<std::string, std::string>& from_command_line) {
    for (const Entry& entry : table.entries) later_.push_back(entry.key);
    std::reverse(later_.begin(), later_.end());
    for (const Entry& entry : table.entries) {
        if (!is_name(entry.key))
            out_.push_back({Severity::error, entry.key_place,
                            fmt::format("'{}' is not the name of a variable", entry.key),
                            "letters, digits, _ and -, no digit first"});
        std::optional<std::string> text = text_of(entry.node);
        if (const auto* string = std::get_if<std::string>(&entry.node.value)) {
            text = expand(*string, entry.node.place).value_or("");
        } else if (!text) {
            out_.push_back({Severity::error,
                            entry.node.place,
                            fmt::format("variable '{}' is a string, a number or a boolean, not {}", entry.key,
                                        with_article(entry.node.type_name())),
                            {}});
        }
        later_.pop_back();
        if (from_command_line.contains(entry.key))
            values_[entry.key].used = true;
        else
            values_[entry.key] = {text.value_or(""), true};
    }
}

std::optional<std::string> Vars::expand(const std::string& text, const Place& place) {
    if (!parameters_.empty() && text.find_first_of("\x1d\x1e") != std::string::npos) {
        out_.push_back({Severity::error, place,
                        "the text holds a control character that stands for keys of the matrix",
                        "write it as an escape of the shell"});
        return std::nullopt;
    }
    if (text.find(k_open) == std::string::npos) return text;
    std::string result;
    bool right = true;
    std::size_t at = 0;
    for (std::size_t nth = 0;; ++nth) {
        const std::optional<Token> token = next_token(text, at);
        if (!token) break;
        const auto begin = static_cast<std::size_t>(token->text.data() - text.data());
        result.append(text, at, begin - at);
        at = begin + token->text.size();
        if (token->is_escape) {
            result += k_open;
        } else if (token->name.empty()) {
            out_.push_back({Severity::error, place_inside(place, nth, token->text),
                            "'{{' starts a variable, but no name and '}}' follow",
                            "two braces for themselves are written {{{{"});
            right = false;
        } else if (std::find(parameters_.begin(), parameters_.end(), token->name) != parameters_.end()) {
            add_parameter(result, token->name, place_inside(place, nth, token->text), right);
        } else if (const auto found = values_.find(token->name); found != values_.end()) {
            found->second.used = true;
            result += found->second.text;
        } else {
            const bool is_later = std::find(later_.begin(), later_.end(), token->name) != later_.end();
            out_.push_back({Severity::error, place_inside(place, nth, token->text),
                            is_later ? fmt::format("variable '{}' is defined further down", token->name)
                                     : fmt::format("there is no variable '{}'", token->name),
                            is_later ? "a variable may use those above it" : hint_for(token->name)});
            right = false;
        }
    }
    result.append(text, at);
    return right ? std::optional{std::move(result)} : std::nullopt;
}

std::optional<std::string> Vars::expand_quietly(const std::string& text) {
    const std::size_t said = out_.size();
    std::optional<std::string> result = expand(text, {});
    out_.resize(said);
    return result;
}

void Vars::add_parameter(std::string& text, std::string_view name, const Place& place, bool& right) {
    if (parameters_allowed_) {
        text += parameter_mark(name);
        return;
    }
    out_.push_back(
        {Severity::error, place,
         fmt::format("'{}' has a value for each element of the matrix, and this is one for all", name),
         "run, command, args, env, setup, inputs and outputs may name it: one Slurm array has one set of "
         "options"});
    right = false;
}

std::string Vars::hint_for(std::string_view name) {
    constexpr std::size_t k_most = 500'000;  // so that a file full of wrong names is not quadratic
    std::vector<std::string_view> names;
    std::string hint;
    if (compared_ <= k_most) {
        for (const auto& [known, value] : values_) names.push_back(known);
        names.insert(names.end(), parameters_.begin(), parameters_.end());
        compared_ += names.size();
        hint = did_you_mean(name, names);
    }
    if (hint.empty()) hint = "define it in [vars], or with -D; two braces for themselves are written {{{{";
    return hint;
}

Place Vars::place_inside(const Place& string, std::size_t nth, std::string_view token) const {
    if (sources_ == nullptr || string.line == 0) return string;
    const std::string_view source = sources_->text(string.file);
    std::size_t line_start = sources_->line_start(string.file, string.line);
    const std::string_view first_line = sources_->line(string.file, string.line);
    const std::size_t start = line_start + utf8::offset(first_line, string.column - 1);
    std::optional<Token> found;
    std::size_t at = start;
    for (std::size_t i = 0; i <= nth; ++i) {
        found = next_token(source, at);
        if (!found) return string;
        at = static_cast<std::size_t>(found->text.data() - source.data()) + found->text.size();
    }
    if (found->text != token) return string;  // escapes made the braces
    const auto begin = static_cast<std::size_t>(found->text.data() - source.data());
    Place place = string;
    for (std::size_t end = source.find('\n', start); end < begin; end = source.find('\n', end + 1)) {
        ++place.line;
        line_start = end + 1;
    }
    place.column = static_cast<std::uint32_t>(utf8::count(source.substr(line_start, begin - line_start)) + 1);
    place.length = static_cast<std::uint32_t>(utf8::count(token));
    return place;
}

Place Vars::place_in(const Place& string, std::string_view text, std::size_t offset,
                     std::size_t length) const {
    if (sources_ == nullptr || string.line == 0) return string;
    const std::string_view line = sources_->line(string.file, string.line);
    const std::string_view written = line.substr(utf8::offset(line, string.column - 1));
    if (written.substr(0, 1).find_first_of("\"'") != 0 || written.substr(1, text.size()) != text)
        return string;
    Place place = string;
    place.column += static_cast<std::uint32_t>(1 + utf8::count(text.substr(0, offset)));
    place.length = static_cast<std::uint32_t>(utf8::count(text.substr(offset, length)));
    return place;
}

void Vars::refuse_unused(const std::map<std::string, std::string>& from_command_line) {
    constexpr std::size_t k_most_listed = 10;
    std::vector<std::string_view> names;
    for (const auto& [name, value] : values_)
        if (value.used) names.push_back(name);
    for (const auto& [name, text] : from_command_line) {
        if (values_.at(name).used || !is_name(name)) continue;
        std::string hint = did_you_mean(name, names);
        if (hint.empty() && names.empty())
            hint = "the file has no variable: {{name}} in a text makes one";
        else if (hint.empty() && names.size() <= k_most_listed)
            hint = fmt::format("its variables: {}", fmt::join(names, ", "));
        out_.push_back({Severity::error,
                        {},
                        fmt::format("-D {}: the file has no variable '{}'", name, name),
                        std::move(hint)});
    }
}

}  // namespace sbraid

// TOML from texts.
//
// A string of one line is basic ("…"), or literal ('…') where that saves escapes. One of several lines is a
// multi-line literal, or a multi-line basic string where the text holds what a literal cannot.
#include "toml_writer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>

#include "characters.hpp"
#include "sound_utf8.hpp"
#include "utf8.hpp"

namespace sbraid {
namespace {

constexpr std::size_t k_width = 100;

bool is_bare(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return is_letter(c) || is_digit(c) || c == '_' || c == '-';
    });
}

// Control characters that no string may hold as they are.
bool needs_escape(std::string_view text, bool line_breaks) {
    return std::any_of(text.begin(), text.end(), [line_breaks](char c) {
        return is_control(c) && c != '\t' && !(line_breaks && c == '\n');
    });
}

void append_escaped(std::string& out, char c) {
    switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        default:
            if (is_control(c) && c != '\t')
                out += fmt::format("\\u{:04X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
            else
                out += c;
    }
}

std::string one_line(std::string_view text) {
    const bool saves = text.find_first_of("\"\\") != std::string_view::npos;
    if (saves && text.find('\'') == std::string_view::npos && !needs_escape(text, false))
        return fmt::format("'{}'", text);
    std::string result = "\"";
    for (const char c : text) append_escaped(result, c);
    return result + '"';
}

std::string several_lines(std::string_view text) {
    if (text.find("'''") == std::string_view::npos && !text.ends_with('\'') && !needs_escape(text, true))
        return fmt::format("'''\n{}'''", text);
    std::string result = "\"\"\"\n";
    for (const char c : text) {
        if (c == '\n')
            result += c;
        else
            append_escaped(result, c);
    }
    return result + "\"\"\"";
}

}  // namespace

std::string toml_key(std::string_view name) {
    if (is_bare(name)) return std::string{name};
    std::string result = "\"";
    for (const char c : to_utf8(name)) append_escaped(result, c);
    return result + '"';
}

std::string toml_string(std::string_view text) {
    const std::string sound = to_utf8(text);
    return sound.find('\n') == std::string::npos ? one_line(sound) : several_lines(sound);
}

std::string toml_array(const std::vector<std::string>& texts, std::size_t used) {
    std::vector<std::string> items;
    items.reserve(texts.size());
    for (const std::string& text : texts) items.push_back(toml_string(text));
    const std::string line = fmt::format("[{}]", fmt::join(items, ", "));
    if (used + utf8::count(line) <= k_width) return line;
    std::string result = "[\n   ";
    std::size_t column = 3;
    for (const std::string& item : items) {
        const std::size_t width = utf8::count(item) + 2;
        if (column > 3 && column + width > k_width) {
            result += "\n   ";
            column = 3;
        }
        result += fmt::format(" {},", item);
        column += width;
    }
    return result + "\n]";
}

void TomlWriter::comment(std::string_view text, std::size_t indent) {
    std::string sound = to_utf8(text);
    std::replace_if(sound.begin(), sound.end(), is_control, ' ');
    std::string line = "#";
    bool empty = true;
    for (const std::string_view word : split(sound, ' ')) {
        if (!empty && utf8::count(line) + 1 + utf8::count(word) > k_width) {
            text_ += line + '\n';
            line = "#" + std::string(indent, ' ');
        }
        if (!(empty && word.empty())) line += ' ';
        line += word;
        empty = false;
    }
    while (line.ends_with(' ')) line.pop_back();
    text_ += line + '\n';
}

void TomlWriter::blank() {
    text_ += '\n';
}

void TomlWriter::table(const std::vector<std::string>& path) {
    std::vector<std::string> parts;
    parts.reserve(path.size());
    for (const std::string& part : path) parts.push_back(toml_key(part));
    text_ += fmt::format("[{}]\n", fmt::join(parts, "."));
}

void TomlWriter::value(std::string_view key, std::string_view toml) {
    text_ += fmt::format("{} = {}\n", toml_key(key), toml);
}

void TomlWriter::disabled_value(std::string_view key, std::string_view toml) {
    const std::string whole = fmt::format("{} = {}", toml_key(key), toml);
    for (const std::string_view line : split(whole, '\n'))
        text_ += line.empty() ? "#\n" : fmt::format("# {}\n", line);
}

}  // namespace sbraid

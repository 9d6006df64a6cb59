// The manual page: the sections of flow_manual_text.cpp in roff, and behind them the table of keys, row by
// row.
#include "sbraid/flow_manual.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <functional>

#include "characters.hpp"
#include "flow_manual_text.hpp"
#include "sbraid/option_table.hpp"
#include "sbraid/version.hpp"
#include "sound_utf8.hpp"

namespace sbraid {
namespace {

std::uint32_t code_point(std::string_view utf8) {
    auto value =
        static_cast<std::uint32_t>(static_cast<unsigned char>(utf8.front()) & (0xFFU >> (utf8.size() + 1)));
    for (const char c : utf8.substr(1)) value = value << 6U | (static_cast<unsigned char>(c) & 0x3FU);
    return value;
}

/// Text that roff shows as it is. In code the characters that it would make prettier stay plain.
std::string escaped(std::string_view text, bool code) {
    std::string result;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (const std::size_t length = sound_code_point(text, at); length > 1) {
            result += fmt::format("\\[u{:04X}]", code_point(text.substr(at, length)));
            at += length - 1;
        } else if (c == '\\')
            result += "\\e";
        else if (c == '"')
            result += "\\(dq";
        else if (code && c == '-')
            result += "\\-";
        else if (code && c == '\'')
            result += "\\(aq";
        else if (code && c == '^')
            result += "\\(ha";
        else if (code && c == '~')
            result += "\\(ti";
        else if (code && c == '`')
            result += "\\(ga";
        else
            result += c;
    }
    return result;
}

/// A control line starts with these.
std::string safe_line(std::string line) {
    if (line.starts_with('.') || line.starts_with('\'')) line.insert(0, "\\&");
    return line;
}

std::string bold(std::string_view text) {
    return fmt::format("\\fB{}\\fR", escaped(text, true));
}

/// `code` in backquotes becomes bold. Braces of the table's texts are no pattern here.
std::string prose(std::string_view text) {
    std::string result;
    bool code = false;
    for (const std::string_view part : split(text, '`')) {
        result += code ? bold(part) : escaped(part, false);
        code = !code;
    }
    return result;
}

std::string example(const std::vector<std::string_view>& lines) {
    std::string text = ".PP\n.RS 4\n.EX\n";
    for (std::string_view line : lines) {
        line.remove_prefix(std::min<std::size_t>(line.size(), 4));
        text += safe_line(escaped(line, true)) + "\n";
    }
    return text + ".EE\n.RE\n";
}

bool is_indented(std::string_view line) {
    return line.starts_with("    ");
}

std::string verbatim(std::string_view line) {
    line.remove_prefix(std::min<std::size_t>(line.size(), 2));
    return safe_line(escaped(line, true)) + "\n";
}

/// Paragraphs and examples. An empty line within an example belongs to it.
std::string body(std::string_view text) {
    const auto lines = split(text, '\n');
    std::string result;
    const auto paragraph = [&result] { return result.empty() ? "" : ".PP\n"; };
    for (std::size_t i = 0; i < lines.size();) {
        if (lines[i].empty()) {
            ++i;
            continue;
        }
        if (lines[i].starts_with('|')) {
            result += ".PP\n.RS 4\n.nf\n";
            while (i < lines.size() && lines[i].starts_with('|')) result += verbatim(lines[i++]);
            result += ".fi\n.RE\n";
            continue;
        }
        if (!is_indented(lines[i])) {
            result += paragraph();
            while (i < lines.size() && !lines[i].empty()) result += safe_line(prose(lines[i++])) + "\n";
            continue;
        }
        std::vector<std::string_view> block;
        while (i < lines.size() && (is_indented(lines[i]) || lines[i].empty())) block.push_back(lines[i++]);
        while (block.back().empty()) block.pop_back();
        result += example(block);
    }
    return result;
}

std::string_view type_words(KeyType type) {
    switch (type) {
        case KeyType::text:
            return "string";
        case KeyType::number:
            return "whole number from 1";
        case KeyType::text_or_number:
            return "string or whole number";
        case KeyType::texts:
            return "string or array of strings";
        case KeyType::moment:
            return "string, or date and time";
        case KeyType::flag:
            return "true or false";
        case KeyType::flag_or_text:
            return "true, false or string";
        case KeyType::arguments:
            return "array of strings";
        case KeyType::paths:
            return "array of paths, or one path";
        case KeyType::tasks:
            return "array of names, or one name";
        case KeyType::table:
            return "table";
    }
    return {};
}

std::string_view places(KeyScope scope) {
    switch (scope) {
        case KeyScope::file:
            return "at the top of the file";
        case KeyScope::task:
            return "[task.NAME]";
        case KeyScope::defaults:
            return "[task.NAME], [defaults]";
    }
    return {};
}

/// What the documentation says behind `default:`; else who decides.
std::string_view default_of(const Key& key, std::string_view& doc) {
    constexpr std::string_view k_mark = "; default: ";
    if (const auto at = doc.find(k_mark); at != std::string_view::npos) {
        const std::string_view said = doc.substr(at + k_mark.size());
        doc = doc.substr(0, at);
        return said;
    }
    if (key.role == KeyRole::job) return "Slurm's";
    return key.type == KeyType::flag ? "false" : "none";
}

std::string entry(const Key& key) {
    std::string_view doc = key.doc;
    const std::string_view standard = default_of(key, doc);
    std::string text = fmt::format(".TP\n{}\n", bold(key.name));
    text += safe_line(prose(doc)) + "\n.br\n";
    text += fmt::format("Type: {}", type_words(key.type));
    if (key.grammar != nullptr && !key.grammar->form.empty()) text += ": " + prose(key.grammar->form);
    text += fmt::format(".\n.br\nIn: {}. Default: {}.", escaped(places(key.scope), false), prose(standard));
    if (!key.sbatch.empty()) text += fmt::format(" Becomes {}.", bold(fmt::format("--{}", key.sbatch)));
    text += "\n";
    if (key.example.empty())
        text += fmt::format(".br\nExample: {}\n", bold(fmt::format("[{}.report]", key.name)));
    else
        text += fmt::format(".br\nExample: {}\n", bold(fmt::format("{} = {}", key.name, key.example)));
    return text;
}

std::string entries(std::string_view title, std::string_view before,
                    const std::function<bool(const Key&)>& belongs) {
    std::string text = fmt::format(".SH {}\n", title) + body(before);
    for (const Key& key : key_table())
        if (belongs(key)) text += entry(key);
    return text;
}

std::string refusals() {
    std::string text = ".SH NOT IN A WORKFLOW\nThese options of \\fBsbatch\\fR are refused, with a reason:\n";
    for (const Key& key : key_table())
        if (key.role == KeyRole::refused)
            text += fmt::format(".TP\n{}\n{}\n", bold(fmt::format("--{}", key.sbatch)),
                                safe_line(prose(key.doc)));
    text += ".PP\nThese pairs exclude each other:\n";
    std::string pairs;
    for (const Exclusion& pair : exclusions())
        pairs += fmt::format("{}{} and {}", pairs.empty() ? "" : ",\n", bold(pair.first), bold(pair.second));
    return text + pairs + ".\n";
}

}  // namespace

std::string flow_manual() {
    std::string text = fmt::format(".TH SBRAID\\-FLOW 5 \"\" \"sbraid {}\" \"sbraid\"\n", k_version);
    text += ".SH NAME\nsbraid\\-flow \\- the workflow file of sbraid\n";
    text += ".SH SYNOPSIS\n\\fBflow.toml\\fR\n";
    for (const ManualSection& section : manual_sections())
        text += fmt::format(".SH {}\n", section.title) + body(section.text);
    text += entries("KEYS OF THE FILE", "", [](const Key& key) {
        return key.scope == KeyScope::file && key.role == KeyRole::structure;
    });
    text += entries("WHAT A TASK RUNS", "", [](const Key& key) {
        return key.scope != KeyScope::file && key.role == KeyRole::structure;
    });
    text += entries("WHAT A TASK WAITS FOR", "", [](const Key& key) { return key.role == KeyRole::edge; });
    text += entries(
        "OPTIONS OF SBATCH",
        "What is not given is decided by Slurm: by the partition, the site, or a variable SBATCH_* of "
        "the shell that submits.",
        [](const Key& key) { return key.role == KeyRole::job; });
    text += refusals();
    text +=
        ".SH SEE ALSO\n\\fBsbatch\\fR(1). "
        "\\fBsbraid check \\-\\-keys\\fR lists the keys, \\fBsbraid schema\\fR tells them to editors.\n";
    return text;
}

}  // namespace sbraid

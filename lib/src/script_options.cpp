// Finds the options that a batch script carries, as sbatch does: `#SBATCH` at the start of a line is followed
// by words in a simple shell quoting, which are then read like a command line (getopt_long: short options
// bundle, long ones may be abbreviated as long as that is unambiguous).
#include "sbraid/script_options.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "characters.hpp"
#include "sbraid/option_table.hpp"
#include "utf8.hpp"

namespace sbraid {
namespace {

constexpr std::string_view k_word = "#SBATCH";

struct Word {
    std::string text;
    std::size_t begin = 0;  // bytes in the line
    std::size_t end = 0;
};

// The words of `line` from `at` on, without quotes; an unquoted `#` ends them.
std::vector<Word> words_of(std::string_view line, std::size_t at) {
    std::vector<Word> words;
    while (true) {
        while (at < line.size() && is_blank(line[at])) ++at;
        if (at >= line.size() || line[at] == '#') return words;
        Word word{{}, at, at};
        char quote = 0;
        for (; at < line.size(); ++at) {
            const char c = line[at];
            if (c == '\\' && at + 1 < line.size() && quote != '\'') {
                word.text += line[++at];
            } else if (quote != 0) {
                if (c == quote)
                    quote = 0;
                else
                    word.text += c;
            } else if (c == '"' || c == '\'') {
                quote = c;
            } else if (is_blank(c) || c == '#') {
                break;
            } else {
                word.text += c;
            }
        }
        word.end = at;
        words.push_back(std::move(word));
    }
}

constexpr std::array<std::pair<char, std::string_view>, 35> k_short{{
    {'A', "account"},       {'a', "array"},        {'b', "begin"},      {'B', "extra-node-info"},
    {'c', "cpus-per-task"}, {'C', "constraint"},   {'d', "dependency"}, {'D', "chdir"},
    {'e', "error"},         {'F', "nodefile"},     {'G', "gpus"},       {'h', "help"},
    {'H', "hold"},          {'i', "input"},        {'J', "job-name"},   {'k', "no-kill"},
    {'L', "licenses"},      {'m', "distribution"}, {'M', "clusters"},   {'n', "ntasks"},
    {'N', "nodes"},         {'o', "output"},       {'O', "overcommit"}, {'p', "partition"},
    {'P', "dependency"},    {'q', "qos"},          {'Q', "quiet"},      {'s', "oversubscribe"},
    {'S', "core-spec"},     {'t', "time"},         {'v', "verbose"},    {'V', "version"},
    {'w', "nodelist"},      {'W', "wait"},         {'x', "exclude"},
}};

enum class Argument { none, optional, required, unknown };

Argument argument_of(std::string_view option) {
    constexpr std::array<std::string_view, 13> k_flags{
        "help",    "hold",    "ignore-pbs", "parsable", "quiet",      "test-only", "usage",
        "verbose", "version", "wait",       "requeue",  "no-requeue", "reboot"};
    if (std::find(k_flags.begin(), k_flags.end(), option) != k_flags.end()) return Argument::none;
    if (option == "nice" || option == "get-user-env") return Argument::optional;
    const Key* const key = find_sbatch_option(option);
    if (key == nullptr) return Argument::unknown;
    if (key->role == KeyRole::job && key->type == KeyType::flag) return Argument::none;
    if (key->role == KeyRole::job && key->type == KeyType::flag_or_text) return Argument::optional;
    return Argument::required;
}

// The one long option that `name` is or abbreviates; else `name`.
std::string_view completed(std::string_view name) {
    if (find_sbatch_option(name) != nullptr) return name;
    std::string_view only;
    for (const Key& key : key_table()) {
        if (!key.sbatch.starts_with(name) || key.sbatch == only) continue;
        if (!only.empty()) return name;
        only = key.sbatch;
    }
    return only.empty() ? name : only;
}

class LineReader {
  public:
    LineReader(std::vector<ScriptOption>& options, std::string_view line, Place line_place)
        : options_(options), line_(line), line_place_(line_place), words_(words_of(line, k_word.size())) {}

    void read() {
        while (next_ < words_.size()) {
            const Word& word = words_[next_++];
            if (word.text.starts_with("--") && word.text.size() > 2)
                read_long(word);
            else if (word.text.starts_with("-") && word.text.size() > 1)
                read_short(word);
            else
                add(word.text, std::nullopt, word, word);
        }
    }

  private:
    void read_long(const Word& word) {
        const std::string_view text = std::string_view{word.text}.substr(2);
        const std::size_t equals = text.find('=');
        const std::string_view name = completed(text.substr(0, equals));
        if (equals != std::string_view::npos) {
            add(name, std::string{text.substr(equals + 1)}, word, word);
        } else if (argument_of(name) == Argument::required && next_ < words_.size()) {
            const Word& value = words_[next_++];
            add(name, value.text, word, value);
        } else {
            add(name, std::nullopt, word, word);
        }
    }

    void read_short(const Word& word) {
        for (std::size_t i = 1; i < word.text.size(); ++i) {
            const char letter = word.text[i];
            const auto found = std::find_if(k_short.begin(), k_short.end(),
                                            [letter](const auto& entry) { return entry.first == letter; });
            if (found == k_short.end()) return add(word.text, std::nullopt, word, word);
            if (argument_of(found->second) == Argument::none) {
                add(found->second, std::nullopt, word, word);
                continue;
            }
            if (i + 1 < word.text.size()) return add(found->second, word.text.substr(i + 1), word, word);
            if (argument_of(found->second) == Argument::optional || next_ >= words_.size())
                return add(found->second, std::nullopt, word, word);
            const Word& value = words_[next_++];
            return add(found->second, value.text, word, value);
        }
    }

    void add(std::string_view name, std::optional<std::string> value, const Word& first, const Word& last) {
        Place place = line_place_;
        place.column = static_cast<std::uint32_t>(utf8::count(line_.substr(0, first.begin)) + 1);
        place.length =
            static_cast<std::uint32_t>(utf8::count(line_.substr(first.begin, last.end - first.begin)));
        options_.push_back({std::string{name}, std::move(value), place});
    }

    std::vector<ScriptOption>& options_;
    std::string_view line_;
    Place line_place_;
    std::vector<Word> words_;
    std::size_t next_ = 0;
};

}  // namespace

ScriptOptions read_script_options(const Sources& sources, std::uint32_t file) {
    ScriptOptions result;
    const std::size_t size = sources.text(file).size();
    for (std::uint32_t number = 1; sources.line_start(file, number) < size; ++number) {
        const std::string_view line = sources.line(file, number);
        if (line.starts_with(k_word)) {
            result.lines.emplace_back(trimmed(line.substr(k_word.size())));
            LineReader{result.options, line, Place{file, number, 1, 0}}.read();
            continue;
        }
        const std::size_t text = line.find_first_not_of(" \t\v\f");
        if (text != std::string_view::npos && line[text] != '#') break;
    }
    return result;
}

}  // namespace sbraid

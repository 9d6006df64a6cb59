#pragma once

#include <string>
#include <string_view>
#include <vector>

// Texts as TOML 1.0. What comes back is valid whatever the text holds: bytes that are not UTF-8 become
// U+FFFD.

namespace sbraid {

/// A key: bare where that is allowed, else in quotes.
[[nodiscard]] std::string toml_key(std::string_view name);
/// A string, in the form that needs the fewest escapes; a text of several lines stands on lines of its own.
[[nodiscard]] std::string toml_string(std::string_view text);
/// Strings in brackets; broken into lines when the line, with `used` columns before it, would be too long.
[[nodiscard]] std::string toml_array(const std::vector<std::string>& texts, std::size_t used);

/// Writes tables, one key a line.
class TomlWriter {
  public:
    /// `# text`, broken between words into lines of readable length. `indent` columns for all but the first.
    void comment(std::string_view text, std::size_t indent = 0);
    void blank();
    /// `[a.b]`, each part quoted if need be.
    void table(const std::vector<std::string>& path);
    /// `key = value`; the value is TOML already.
    void value(std::string_view key, std::string_view toml);
    /// The same behind `#`, on each of its lines.
    void disabled_value(std::string_view key, std::string_view toml);
    [[nodiscard]] std::string take() { return std::move(text_); }

  private:
    std::string text_;
};

}  // namespace sbraid

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sbraid/diagnostic.hpp"
#include "sbraid/document.hpp"
#include "sbraid/matrix.hpp"

namespace sbraid {

/// How a key of a matrix stands in the text of a Task: no text that a file can hold looks like it, since
/// values with these characters are refused beside a matrix.
[[nodiscard]] std::string parameter_mark(std::string_view key);

/// For messages: each mark as it was written, `{{key}}`.
[[nodiscard]] std::string with_names(std::string text);

/// The text that an element of a matrix has: each mark replaced by the element's value.
[[nodiscard]] std::string with_values(std::string text, const Matrix& matrix, std::uint32_t index);

/// The values of `{{name}}`: those of [vars], and over them those of -D. `{{{{` stands for two braces.
class Vars {
  public:
    /// Reports into `out` what is wrong with [vars] or -D. `sources` finds places inside of strings; without
    /// it (nullptr) a message points at the whole string.
    Vars(const Document& document, const std::map<std::string, std::string>& from_command_line,
         const Sources* sources, Diagnostics& out);

    /// Keys of the matrix of the task that is being read. Their names in double braces stand for another
    /// value in each element: where that can be, they stay in the text as parameter_mark().
    void set_parameters(std::vector<std::string> keys) { parameters_ = std::move(keys); }
    /// Whether what is read now reaches each element by itself, or is one for all.
    void allow_parameters(bool allowed) { parameters_allowed_ = allowed; }

    /// `text` with every variable replaced. nullopt when one is not known or is not written right; that has
    /// been reported then. `place` is that of the string that `text` is.
    [[nodiscard]] std::optional<std::string> expand(const std::string& text, const Place& place);

    /// The same without a word about what is wrong.
    [[nodiscard]] std::optional<std::string> expand_quietly(const std::string& text);

    /// The place of `length` bytes from `offset` on of `text`, which stands at `string`; `string` itself
    /// where the file says it in other characters.
    [[nodiscard]] Place place_in(const Place& string, std::string_view text, std::size_t offset,
                                 std::size_t length) const;

    /// Refuses each -D that neither [vars] nor any string so far has named.
    void refuse_unused(const std::map<std::string, std::string>& from_command_line);

  private:
    struct Value {
        std::string text;
        bool used = false;
    };
    void read(const Table& table, const std::map<std::string, std::string>& from_command_line);
    [[nodiscard]] Place place_inside(const Place& string, std::size_t nth, std::string_view token) const;
    [[nodiscard]] std::string hint_for(std::string_view name);

    void add_parameter(std::string& text, std::string_view name, const Place& place, bool& right);

    const Sources* sources_;
    Diagnostics& out_;
    std::map<std::string, Value, std::less<>> values_;
    std::vector<std::string> parameters_;
    bool parameters_allowed_ = false;
    std::size_t compared_ = 0;        // names looked at for hints
    std::vector<std::string> later_;  // in [vars], but further down than what is being read
};

}  // namespace sbraid

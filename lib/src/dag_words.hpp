#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dag_syntax.hpp"

namespace sbraid {

/// Takes a line of a DAG file apart, word by word. The first thing that is wrong with the line is kept.
class DagWords {
  public:
    DagWords(Place line, std::string_view text) { join(line, text); }
    /// Adds a line that goes on with the one before.
    void join(Place line, std::string_view text);

    /// The next word, quotes taken away; `key = "a value"` is one word. nullopt at the end of the line, and
    /// when a quote is not closed, which is an error.
    std::optional<DagWord> next();
    /// What is left of the line.
    DagWord rest();
    /// Goes on with another line: what stands behind the end of an inline description.
    void continue_with(Place line, std::string_view text);

    /// `message` without the keyword, which `refuse` does not know.
    void refuse(const Place& place, std::string message);
    /// Refuses at the end of the line: something is missing there.
    void refuse_end(std::string message) { refuse(end(), std::move(message)); }
    /// No name, path or shell text can hold one.
    void refuse_control_characters();
    [[nodiscard]] bool is_refused() const { return wrong_.has_value(); }
    [[nodiscard]] const std::optional<Diagnostic>& wrong() const { return wrong_; }

  private:
    [[nodiscard]] Place place(std::size_t begin, std::size_t length) const;
    [[nodiscard]] Place end() const;
    void skip_blanks();

    // A piece of the text that stood on a line of its own.
    struct Piece {
        std::size_t begin = 0;
        Place line;
    };
    std::vector<Piece> pieces_;
    std::string text_;
    std::size_t at_ = 0;
    std::optional<Diagnostic> wrong_;
};

}  // namespace sbraid

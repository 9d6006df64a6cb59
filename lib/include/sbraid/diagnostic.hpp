#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sbraid {

/// A place in a source text. Lines and columns count from 1, columns in code points; `length` is the number
/// of code points to underline (0: only the position is known). line 0 means "no place".
struct Place {
    std::uint32_t file = 0;  ///< index into Sources
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    std::uint32_t length = 0;
};

/// The texts that diagnostics point into. A file keeps the name that the user gave it.
class Sources {
  public:
    /// Returns the index of the new file.
    std::uint32_t add(std::string name, std::string text);
    [[nodiscard]] const std::string& name(std::uint32_t file) const { return files_.at(file).name; }
    [[nodiscard]] const std::string& text(std::uint32_t file) const { return files_.at(file).text; }
    /// The line without its end; empty when there is no such line.
    [[nodiscard]] std::string_view line(std::uint32_t file, std::uint32_t number) const;
    /// Offset in text() of the first byte of a line, behind a byte order mark; the size of the text when
    /// there is no such line.
    [[nodiscard]] std::size_t line_start(std::uint32_t file, std::uint32_t number) const;

  private:
    struct File {
        std::string name;
        std::string text;
        std::vector<std::size_t> line_starts;
    };
    std::vector<File> files_;
};

enum class Severity { error, warning };

struct Diagnostic {
    Severity severity = Severity::error;
    Place place;
    std::string message;
    std::string hint{};
};
using Diagnostics = std::vector<Diagnostic>;

/// By file, line, column; equal places keep their order.
void sort_by_place(Diagnostics& diagnostics);

/// The form of DESIGN section 4: `FILE:LINE:COL: error: text`, the line with a caret below it, `hint:`.
/// Ends with a newline.
[[nodiscard]] std::string render(const Sources& sources, const Diagnostic& diagnostic);

}  // namespace sbraid

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "io/environment.hpp"
#include "sbraid/result.hpp"

namespace sbraid {

enum class ColourChoice { automatic, always, never };
/// Error (usage) for anything but auto, always, never.
[[nodiscard]] Result<ColourChoice> parse_colour_choice(std::string_view text);

enum class Style { plain, bold, good, bad, weak, active };

/// One output stream of ours: is it a terminal, how wide, with colour or not. stdout and stderr are decided
/// apart.
class Terminal {
  public:
    /// `fd`: 1 or 2.
    Terminal(int fd, const Environment& environment, ColourChoice choice);

    [[nodiscard]] bool is_tty() const { return tty_; }
    [[nodiscard]] bool colour() const { return colour_; }
    /// Columns of the terminal; 0: no terminal, unlimited.
    [[nodiscard]] std::size_t width() const;
    /// The text with the escape sequences of the style around it; the text itself where there is no colour.
    [[nodiscard]] std::string paint(Style style, std::string_view text) const;
    /// All of it, at once. False, with errno, when not all could be written (a closed pipe, a full disk).
    bool write(std::string_view text) const;

  private:
    int fd_;
    bool tty_;
    bool colour_;
};

}  // namespace sbraid

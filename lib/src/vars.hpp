#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sbraid/diagnostic.hpp"
#include "sbraid/document.hpp"

namespace sbraid {

/// The values of `{{name}}`: those of [vars], and over them those of -D. `{{{{` stands for two braces.
class Vars {
  public:
    /// Reports into `out` what is wrong with [vars] or -D. `sources` finds places inside of strings; without
    /// it (nullptr) a message points at the whole string.
    Vars(const Document& document, const std::map<std::string, std::string>& from_command_line,
         const Sources* sources, Diagnostics& out);

    /// `text` with every variable replaced. nullopt when one is not known or is not written right; that has
    /// been reported then. `place` is that of the string that `text` is.
    [[nodiscard]] std::optional<std::string> expand(const std::string& text, const Place& place);

    /// Warns of each -D that neither [vars] nor any string so far has named.
    void warn_of_unused(const std::map<std::string, std::string>& from_command_line);

  private:
    struct Value {
        std::string text;
        bool used = false;
    };
    void read(const Table& table, const std::map<std::string, std::string>& from_command_line);
    [[nodiscard]] Place place_inside(const Place& string, std::size_t nth, std::string_view token) const;
    [[nodiscard]] std::string hint_for(std::string_view name) const;

    const Sources* sources_;
    Diagnostics& out_;
    std::map<std::string, Value, std::less<>> values_;
    std::vector<std::string> later_;  // in [vars], but further down than what is being read
};

}  // namespace sbraid

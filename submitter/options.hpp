#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sbraid/result.hpp"

namespace sbraid {

/// One option of one command. This record is what the parser, --help and --usage are made of.
struct OptionSpec {
    std::string name;     ///< without the dashes
    char letter = 0;      ///< 0: no short form
    std::string value;    ///< what --help calls its value; empty: a flag
    std::string help;     ///< one sentence, lower case, no full stop
    std::string group{};  ///< heading in --help
};

struct ExampleSpec {
    std::string line;
    std::string what;
};

/// One command as the user sees it.
struct CommandSpec {
    std::string name;
    std::string summary;   ///< one line
    std::string operands;  ///< `FILE`, `[RUN]`, `[TASK…]`; empty: none
    std::size_t min_operands = 0;
    std::size_t max_operands = 0;
    std::string description{};  ///< below the usage line; may be empty
    std::vector<ExampleSpec> examples{};
    std::vector<OptionSpec> options{};  ///< the common ones (-h, -V, -v...) are added by full_options()
    std::vector<int> exit_codes{};
};

/// The options of the command and those that every command has.
[[nodiscard]] std::vector<OptionSpec> full_options(const CommandSpec& command);

/// What the user said, in the spelling of the tables.
class Options {
  public:
    [[nodiscard]] bool has(std::string_view name) const { return values_.contains(name); }
    [[nodiscard]] std::size_t count(std::string_view name) const;
    /// The last one wins.
    [[nodiscard]] std::optional<std::string> value(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> values(std::string_view name) const;
    [[nodiscard]] const std::vector<std::string>& operands() const { return operands_; }

  private:
    friend Result<Options> parse_options(const CommandSpec&, const std::vector<std::string>&);
    std::map<std::string, std::vector<std::string>, std::less<>> values_;
    std::vector<std::string> operands_;
};

/// The duration that an option takes; nullopt: it was not given. Error (usage): it is none.
[[nodiscard]] Result<std::optional<std::chrono::seconds>> duration_option(const Options& options,
                                                                          std::string_view name);

/// `arguments`: what stands behind the name of the command. Errors are of kind usage, with "did you mean".
/// --help, --usage and --version are accepted whatever else is missing.
[[nodiscard]] Result<Options> parse_options(const CommandSpec& command,
                                            const std::vector<std::string>& arguments);

[[nodiscard]] std::string usage_line(const CommandSpec& command);
[[nodiscard]] std::string help_text(const CommandSpec& command);

}  // namespace sbraid

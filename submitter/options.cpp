#include "options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <string_view>

#include "sbraid/suggest.hpp"
#include "sbraid/units.hpp"

// A command's table is turned into Boost's description for the parser alone; help and usage are our own, in
// named groups, examples first, exit codes last. Boost's guessing is off: an abbreviation would be a contract
// that we cannot keep.

namespace po = boost::program_options;

namespace sbraid {

namespace {

constexpr std::string_view k_common_group = "General";

std::string_view exit_code_meaning(int code) {
    switch (code) {
        case 0:
            return "done";
        case 1:
            return "failed";
        case 2:
            return "usage: wrong option, unknown file, run or task";
        case 3:
            return "the workflow is not right";
        case 4:
            return "Slurm refused, or cannot be reached";
        case 5:
            return "partly submitted ('sbraid resume' finishes it)";
        case 6:
            return "the run ended with failures";
        case 130:
            return "interrupted";
        default:
            return "";
    }
}

po::options_description describe(const std::vector<OptionSpec>& specs) {
    po::options_description description;
    for (const auto& spec : specs) {
        const auto names = spec.letter == 0 ? spec.name : spec.name + "," + spec.letter;
        if (spec.value.empty()) {
            description.add_options()(names.c_str(), spec.help.c_str());
        } else {
            description.add_options()(names.c_str(), po::value<std::string>(), spec.help.c_str());
        }
    }
    return description;
}

Unexpected usage_error(const CommandSpec& command, std::string message, const std::string& hint = {}) {
    return Unexpected{Error{
        .kind = ErrorKind::usage,
        .message = std::move(message),
        .hint = hint.empty() ? fmt::format("'sbraid {} --help' lists the options", command.name) : hint}};
}

Unexpected unknown_option(const CommandSpec& command, std::string given) {
    given = given.substr(0, given.find('='));
    std::vector<std::string> known;
    for (const auto& spec : full_options(command)) known.push_back("--" + spec.name);
    const std::vector<std::string_view> candidates(known.begin(), known.end());
    const bool names_run =
        (given == "-r" || given == "--run") && command.operands.find("RUN") != std::string::npos;
    return usage_error(command, fmt::format("'sbraid {}' has no option '{}'", command.name, given),
                       names_run ? fmt::format("the run is named without it: 'sbraid {} RUN'", command.name)
                                 : did_you_mean(given, candidates));
}

std::string spelled(const OptionSpec& spec) {
    auto text = spec.letter == 0 ? fmt::format("    --{}", spec.name)
                                 : fmt::format("-{}, --{}", spec.letter, spec.name);
    if (!spec.value.empty()) text += fmt::format(" {}", spec.value);
    return text;
}

}  // namespace

std::vector<OptionSpec> full_options(const CommandSpec& command) {
    auto result = command.options;
    const std::string group(k_common_group);
    result.push_back({"color", 0, "WHEN", "auto, always or never", group});
    result.push_back({"verbose", 'v', "", "say more on stderr: which calls of Slurm, which defaults", group});
    result.push_back({"quiet", 'Q', "", "say nothing on stderr but errors", group});
    result.push_back({"help", 'h', "", "this text", group});
    result.push_back({"usage", 0, "", "one line", group});
    result.push_back({"version", 'V', "", "the version of sbraid", group});
    return result;
}

std::size_t Options::count(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? 0 : found->second.size();
}

std::optional<std::string> Options::value(std::string_view name) const {
    const auto found = values_.find(name);
    if (found == values_.end() || found->second.empty()) return std::nullopt;
    return found->second.back();
}

std::vector<std::string> Options::values(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::vector<std::string>{} : found->second;
}

Result<Options> parse_options(const CommandSpec& command, const std::vector<std::string>& arguments) {
    const auto specs = full_options(command);
    const auto description = describe(specs);
    Options result;
    try {
        const auto parsed = po::command_line_parser(arguments)
                                .options(description)
                                .style(po::command_line_style::unix_style &
                                       ~static_cast<int>(po::command_line_style::allow_guessing))
                                .run();
        for (const auto& option : parsed.options) {
            if (option.position_key >= 0) {
                result.operands_.insert(result.operands_.end(), option.value.begin(), option.value.end());
                continue;
            }
            // A short form comes as "-x"; the tables speak of long names only.
            auto name = option.string_key;
            if (name.size() == 2 && name[0] == '-') {
                const auto spec = std::find_if(specs.begin(), specs.end(),
                                               [&](const auto& s) { return s.letter == name[1]; });
                if (spec != specs.end()) name = spec->name;
            }
            auto& values = result.values_[name];
            values.push_back(option.value.empty() ? "" : option.value.front());
        }
    } catch (const po::unknown_option& error) {
        return unknown_option(command, error.get_option_name());
    } catch (const po::error& error) {
        return usage_error(command, error.what());
    }
    if (result.has("help") || result.has("usage") || result.has("version")) return result;
    const auto given = result.operands_.size();
    if (given < command.min_operands) {
        return usage_error(command, fmt::format("'sbraid {}' needs {}", command.name, command.operands));
    }
    if (given > command.max_operands) {
        return usage_error(command, fmt::format("'sbraid {}' has no use for '{}'", command.name,
                                                result.operands_[command.max_operands]));
    }
    return result;
}

Result<std::optional<std::chrono::seconds>> duration_option(const Options& options, std::string_view name) {
    const auto text = options.value(name);
    if (!text) return std::nullopt;
    if (const auto duration = parse_duration(*text)) return duration;
    return Unexpected{
        Error{.kind = ErrorKind::usage,
              .message = fmt::format("--{} takes a duration like 90s or 2h, not '{}'", name, *text)}};
}

std::string usage_line(const CommandSpec& command) {
    auto line = fmt::format("usage: sbraid {}", command.name);
    if (!full_options(command).empty()) line += " [options]";
    if (!command.operands.empty()) line += " " + command.operands;
    return line + "\n";
}

std::string help_text(const CommandSpec& command) {
    std::string text = usage_line(command);
    text += fmt::format("\n{}\n", command.summary);
    if (!command.description.empty()) text += fmt::format("\n{}\n", command.description);
    if (!command.examples.empty()) {
        text += "\nExamples\n";
        for (const auto& example : command.examples) {
            text += fmt::format("  {}\n      {}\n", example.line, example.what);
        }
    }
    const auto specs = full_options(command);
    std::vector<std::string> groups;
    std::size_t width = 0;
    for (const auto& spec : specs) {
        if (std::find(groups.begin(), groups.end(), spec.group) == groups.end()) groups.push_back(spec.group);
        width = std::max(width, spelled(spec).size());
    }
    for (const auto& group : groups) {
        text += fmt::format("\n{}\n", group.empty() ? "Options" : group);
        for (const auto& spec : specs) {
            if (spec.group == group) text += fmt::format("  {:<{}}  {}\n", spelled(spec), width, spec.help);
        }
    }
    text += "\nExit codes\n";
    auto codes = command.exit_codes;
    for (const int code : {0, 1, 2}) {
        if (std::find(codes.begin(), codes.end(), code) == codes.end()) codes.push_back(code);
    }
    std::sort(codes.begin(), codes.end());
    for (const int code : codes) text += fmt::format("  {:<3}  {}\n", code, exit_code_meaning(code));
    return text;
}

}  // namespace sbraid

#include "app.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>

#include "commands/commands.hpp"
#include "sbraid/suggest.hpp"
#include "sbraid/version.hpp"

// Find the command, parse its options, run it, show why it failed: as text on stderr, or as one JSON document
// on stdout where the user asked for JSON.

namespace sbraid {

namespace {

std::string overview() {
    std::string text =
        "usage: sbraid COMMAND [options] [operands]\n"
        "\n"
        "Hands a whole DAG of jobs to Slurm and exits; the edges are Slurm dependencies.\n"
        "\n"
        "Examples\n"
        "  sbraid check flow.toml\n"
        "  sbraid submit flow.toml\n"
        "  sbraid status --watch\n"
        "\n"
        "Commands\n";
    for (const auto* command : all_commands()) {
        text += fmt::format("  {:<8}  {}\n", command->spec.name, command->spec.summary);
    }
    text += "\n'sbraid COMMAND --help' tells more.\n";
    return text;
}

Failure unknown_command(const std::string& name) {
    std::vector<std::string_view> names;
    for (const auto* command : all_commands()) names.push_back(command->spec.name);
    const auto meant = did_you_mean(name, names);
    const bool option = name.starts_with("-");
    return Error{.kind = ErrorKind::usage,
                 .message = option ? fmt::format("there is no option '{}' before a command", name)
                                   : fmt::format("there is no command '{}'", name),
                 .hint = meant.empty() ? "'sbraid --help' lists the commands" : meant};
}

int show(const App& app, const Failure& failure) {
    if (app.json) {
        app.answer(render_json(failure));
    } else {
        for (const auto& issue : failure.issues) app.err.write(render_text(issue));
    }
    return static_cast<int>(failure.kind);
}

/// --help, --usage and --version, which need nothing else. nullopt: none of them was given.
std::optional<std::string> information(const Subcommand& command, const Options& options) {
    if (options.has("help")) return help_text(command.spec);
    if (options.has("usage")) return usage_line(command.spec);
    if (options.has("version")) return fmt::format("sbraid {}\n", k_version);
    return std::nullopt;
}

int run_command(App& app, const Subcommand& command, const std::vector<std::string>& arguments) {
    auto options = parse_options(command.spec, arguments);
    if (!options) return show(app, options.error());
    if (const auto text = information(command, *options)) {
        app.answer(*text);
        return 0;
    }
    const auto colour = parse_colour_choice(options->value("color").value_or("auto"));
    if (!colour) return show(app, colour.error());
    app.out = Terminal(1, app.environment, *colour);
    app.err = Terminal(2, app.environment, *colour);
    app.verbosity = options->count("verbose");
    app.quiet = options->has("quiet");
    const auto outcome = command.run(app, *options);
    return outcome ? *outcome : show(app, outcome.error());
}

int dispatch(App& app, const std::vector<std::string>& arguments) {
    if (arguments.empty()) {
        app.err.write(overview());
        return static_cast<int>(ErrorKind::usage);
    }
    const auto& name = arguments.front();
    if (name == "--help" || name == "-h" || name == "help") {
        app.answer(overview());
        return 0;
    }
    if (name == "--usage") {
        app.answer("usage: sbraid COMMAND [options] [operands]\n");
        return 0;
    }
    if (name == "--version" || name == "-V") {
        app.answer(fmt::format("sbraid {}\n", k_version));
        return 0;
    }
    for (const auto* command : all_commands()) {
        if (command->spec.name == name) {
            return run_command(app, *command, {arguments.begin() + 1, arguments.end()});
        }
    }
    return show(app, unknown_command(name));
}

/// Whoever reads the answer must not take a part of it for all.
int answer_lost(const App& app, int code) {
    app.err.write(render_text(
        Issue{.message = fmt::format("cannot write the answer to stdout: {}",
                                     std::generic_category().message(app.answer_errno)),
              .hint = code == 0 ? "whatever the command was to do is done; only its answer is lost" : ""}));
    return code == 0 ? static_cast<int>(ErrorKind::failed) : code;
}

}  // namespace

bool App::answer(std::string_view text) const {
    if (out.write(text)) return true;
    if (answer_errno == 0) answer_errno = errno;
    return false;
}

void App::say(std::string_view line) const {
    if (!quiet) err.write(fmt::format("sbraid: {}\n", line));
}

void App::say_more(std::string_view line) const {
    if (verbosity > 0) err.write(fmt::format("sbraid: {}\n", line));
}

void App::warn(std::string_view line) const {
    err.write(fmt::format("sbraid: warning: {}\n", line));
}

int run_app(const std::vector<std::string>& arguments, Environment environment, Clock& clock) {
    const Terminal out(1, environment, ColourChoice::automatic);
    const Terminal err(2, environment, ColourChoice::automatic);
    App app{.environment = std::move(environment), .clock = clock, .out = out, .err = err};
    // Known before the options are parsed, because a mistake in them is to be told as JSON too.
    app.json = std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
    const auto code = dispatch(app, arguments);
    return app.answer_errno == 0 ? code : answer_lost(app, code);
}

}  // namespace sbraid

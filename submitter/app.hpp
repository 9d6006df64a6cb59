#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "failure.hpp"
#include "io/clock.hpp"
#include "io/environment.hpp"
#include "options.hpp"
#include "terminal.hpp"

namespace sbraid {

/// What every command is given of the world.
struct App {
    Environment environment;
    Clock& clock;
    Terminal out;
    Terminal err;
    std::size_t verbosity = 0;  ///< number of -v
    bool quiet = false;
    bool json = false;
    mutable int answer_errno = 0;  ///< why the first part of an answer could not be written; 0: all could

    /// The answer, on stdout. False when not all of it could be written: run_app() tells that in the end, so
    /// a command need not look, but can stop.
    bool answer(std::string_view text) const;
    /// One line of talk on stderr, `sbraid: …`; silent under -Q.
    void say(std::string_view line) const;
    /// The same, only under -v.
    void say_more(std::string_view line) const;
    /// `sbraid: warning: …`; also under -Q.
    void warn(std::string_view line) const;
};

/// A command: its table, and what it does.
struct Subcommand {
    CommandSpec spec;
    Outcome (*run)(App& app, const Options& options);
};

/// The whole program but the last exception handler. `arguments` are without argv[0]. Returns the exit code.
int run_app(const std::vector<std::string>& arguments, Environment environment, Clock& clock);

}  // namespace sbraid

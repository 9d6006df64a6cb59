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

    /// The answer, on stdout.
    void answer(std::string_view text) const { out.write(text); }
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

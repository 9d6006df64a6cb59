#pragma once

#include <cstdint>
#include <string>

#include "app.hpp"
#include "io/clock.hpp"

namespace sbraid {

enum class Answer : std::uint8_t {
    yes,
    no,
    nobody,       ///< there is no terminal to ask on: nothing was asked
    interrupted,  ///< by Ctrl-C
};

/// Asks on the terminal, `question [y/N] `, and waits for the line.
[[nodiscard]] Answer ask(const App& app, const std::string& question, Interrupts& interrupts);

}  // namespace sbraid

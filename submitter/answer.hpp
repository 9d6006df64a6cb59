#pragma once

#include <functional>
#include <string>

#include "app.hpp"
#include "options.hpp"
#include "sbraid/table.hpp"

namespace sbraid {

/// One answer in its three forms, of which only the one that is asked for is made.
struct Answer {
    std::function<TextTable()> people;
    std::function<TextTable()> parsable;
    std::function<std::string()> json;
    std::string heading{};  ///< above the table for people, with its newline; may be empty
};

/// Writes the form that the options ask for: --json, -P/--parsable2, or the table, --noheader obeyed.
void write_answer(const App& app, const Options& options, const Answer& answer);

/// The words of an answer for people: the heading and the table, states in colour where there is colour.
[[nodiscard]] std::string for_people(const App& app, const Answer& answer, bool header);

}  // namespace sbraid

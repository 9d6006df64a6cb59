#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sbraid/diagnostic.hpp"

// WfFormat of WfCommons, as written by its versions 1.3, 1.4 and 1.5: what the JSON says, before anything is
// made of it.

namespace sbraid {

struct WfText {
    std::string text;
    Place place;
};

struct WfTask {
    WfText name;
    WfText id;                       ///< before 1.5 it may be absent: then the name
    std::vector<WfText> parents{};   ///< ids or names
    std::vector<WfText> children{};  ///< the same
    std::vector<std::string> inputs{};
    std::vector<std::string> outputs{};
    std::optional<double> runtime_s{};
    std::optional<double> cores{};
    std::optional<double> memory_bytes{};
    std::string program{};
    std::vector<std::string> arguments{};
};

struct WfDocument {
    std::string name;
    std::string version;
    Place version_place;
    std::vector<WfTask> tasks;       ///< in the order of the text
    std::set<std::string> left_out;  ///< keys of tasks that nothing is made of
};

/// Errors: what is no JSON, or has no tasks, or tasks without a name, each with its place.
[[nodiscard]] std::optional<WfDocument> read_wfformat(const Sources& sources, std::uint32_t file,
                                                      Diagnostics& errors);

}  // namespace sbraid

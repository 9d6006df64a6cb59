#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dag_syntax.hpp"
#include "flow_draft.hpp"
#include "sbraid/import.hpp"

// A DAGMan input file with all that it includes and splices, as one graph.

namespace sbraid {

/// A submit description that stands in a DAG file.
struct DagDescription {
    std::uint32_t file = 0;  ///< index in Sources
    DescriptionLines lines;  ///< never nullptr
};

struct DagNode {
    DagNodeKind kind = DagNodeKind::job;  ///< subdag: its file could not be read
    std::string name;                     ///< with its splices: `S1+A`
    Place place;
    DagWord file;                                 ///< of the submit description or DAG, as written
    std::optional<DagDescription> description{};  ///< where it stands in a DAG file
    std::string dir{};  ///< where it runs, from the folder of the first file; may be empty
    bool noop = false;
    bool done = false;
    std::vector<std::pair<std::string, std::string>> vars{};       ///< the submit description wins over these
    std::vector<std::pair<std::string, std::string>> vars_last{};  ///< APPEND: these win
    std::int64_t retries = 0;
    std::int64_t priority = 0;
    std::string category{};
    std::optional<std::int64_t> pre_skip{};
    std::optional<DagScriptCommand> pre{};
    std::optional<DagScriptCommand> post{};
    std::vector<std::uint32_t> parents{};
    std::vector<Place> parent_places{};  ///< where each edge is asked for
    std::vector<std::uint32_t>
        ended{};                  ///< it runs when these have ended, however: WEAK, or FINAL of a sub-DAG
    bool is_inner_final = false;  ///< FINAL of a sub-DAG
    std::uint32_t children = 0;   ///< of either kind
};

struct DagGraph {
    std::vector<DagNode> nodes;                    ///< in the order of the text
    std::map<std::string, std::int64_t> max_jobs;  ///< by category
};

/// Reads the whole graph. Files are read through `context` and added to `sources`. What has no twin in Slurm
/// becomes a note. Errors: malformed lines, names that do not exist, cycles; the graph is whole only when
/// there are none.
[[nodiscard]] DagGraph read_dag_graph(Sources& sources, std::uint32_t file, const ImportContext& context,
                                      DraftNotes& notes, Diagnostics& errors);

/// `path` seen from `dir`: absolute ones stay, an empty `dir` is the folder of the first file.
[[nodiscard]] std::string path_below(std::string_view dir, std::string_view path);

}  // namespace sbraid

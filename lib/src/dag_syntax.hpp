#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sbraid/diagnostic.hpp"

// The lines of a DAGMan input file, each read by itself. The grammar is that of HTCondor 25's manual ("DAGMan
// Quick Reference") and of its parser: keywords in any case, `-` and `_` alike, words between blanks, quotes
// around words that hold blanks, `#` and `//` start a comment, a backslash at the end goes on with the next
// line.

namespace sbraid {

struct DagWord {
    std::string text;
    Place place;
};

/// A line of a text, without its end, and where it stands.
struct TextLine {
    std::uint32_t number = 0;
    std::string text;
};

/// The lines of a submit description between braces. Shared: a file can be spliced, and a description named,
/// any number of times.
using DescriptionLines = std::shared_ptr<const std::vector<TextLine>>;

enum class DagNodeKind : std::uint8_t { job, subdag, final, service, provisioner };

/// JOB, FINAL, SERVICE, PROVISIONER, SUBDAG EXTERNAL
struct DagNodeCommand {
    DagNodeKind kind = DagNodeKind::job;
    DagWord name;
    DagWord file;                    ///< the submit description, or the DAG
    DescriptionLines description{};  ///< written between braces; nullptr: it is not
    std::string dir{};
    bool noop = false;
    bool done = false;
};
struct DagSpliceCommand {
    DagWord name;
    DagWord file;
    std::string dir{};
};
struct DagIncludeCommand {
    DagWord file;
};
/// SUBMIT-DESCRIPTION
struct DagDescriptionCommand {
    DagWord name;
    DescriptionLines lines;  ///< never nullptr
};
/// [WEAK] PARENT … CHILD …
struct DagEdgesCommand {
    bool weak = false;  ///< the parents need only end
    std::vector<DagWord> parents{};
    std::vector<DagWord> children{};
};
enum class DagScriptKind : std::uint8_t { pre, post, hold };
struct DagScriptCommand {
    DagWord node;
    DagScriptKind kind = DagScriptKind::pre;
    std::vector<std::string> words;  ///< the executable and its arguments
    std::string debug_file{};
    std::string debug_stream{};  ///< STDOUT, STDERR, ALL
    bool defer = false;
};
struct DagRetryCommand {
    DagWord node;
    std::int64_t most = 0;
    std::optional<std::int64_t> unless_exit{};
};
struct DagVarsCommand {
    DagWord node;
    std::vector<std::pair<std::string, std::string>> values;
    bool append = false;  ///< behind the submit description: they win; as DAGMan's default is, they do not
};
/// Those that set one number: PRIORITY, PRE_SKIP, ABORT-DAG-ON, TOLERANCE
struct DagNumberCommand {
    enum class What : std::uint8_t { priority, pre_skip, abort_dag_on, tolerance };
    What what = What::priority;
    DagWord node;
    std::int64_t value = 0;
};
struct DagDoneCommand {
    DagWord node;
};
struct DagCategoryCommand {
    DagWord node;
    DagWord category;
};
struct DagMaxJobsCommand {
    DagWord category;
    std::int64_t most = 0;
};
struct DagConnectCommand {
    DagWord from;
    DagWord to;
};
struct DagPinCommand {
    bool in = true;
    DagWord node;
    std::int64_t pin = 0;
};
struct DagRejectCommand {};
/// What is about DAGMan itself: CONFIG, DOT, ENV, JOBSTATE_LOG, NODE_STATUS_FILE, SAVE_POINT_FILE,
/// SET_JOB_ATTR
struct DagOtherCommand {
    std::string rest;
};

struct DagCommand {
    std::string keyword;  ///< as in the manual: `ABORT-DAG-ON`
    Place place;          ///< of the keyword
    std::variant<DagNodeCommand, DagSpliceCommand, DagIncludeCommand, DagDescriptionCommand, DagEdgesCommand,
                 DagScriptCommand, DagRetryCommand, DagVarsCommand, DagNumberCommand, DagDoneCommand,
                 DagCategoryCommand, DagMaxJobsCommand, DagConnectCommand, DagPinCommand, DagRejectCommand,
                 DagOtherCommand>
        what;
};

/// All commands of the file. Each malformed line adds an error and is left out.
[[nodiscard]] std::vector<DagCommand> read_dag(const Sources& sources, std::uint32_t file,
                                               Diagnostics& errors);

/// The lines of a whole text.
[[nodiscard]] std::vector<TextLine> lines_of(std::string_view text);

/// The name that stands for all nodes of a DAG; any case.
inline constexpr std::string_view k_dag_all_nodes = "ALL_NODES";

}  // namespace sbraid

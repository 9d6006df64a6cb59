#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_set>
#include <vector>

#include "dag_graph.hpp"

namespace sbraid {

/// The nodes of a splice or of a dissolved sub-DAG.
struct DagGroup {
    bool is_subdag = false;
    std::vector<std::uint32_t> nodes{};
    std::vector<std::uint32_t> first{};  // without parents inside
    std::vector<std::uint32_t> last{};   // without children inside
    std::map<std::int64_t, std::vector<std::uint32_t>> pins_in{};
    std::map<std::int64_t, std::vector<std::uint32_t>> pins_out{};
};

/// What a name of a DAG stands for: a node, or a group, by its index.
struct DagTarget {
    bool is_group = false;
    std::uint32_t index = 0;
};

/// One DAG while it is read: its names, and what may only be obeyed when all of them are known.
struct DagScope {
    std::string prefix{};  // `S1+`
    std::string dir{};
    bool is_splice = false;
    bool has_provisioner = false;
    std::optional<std::uint32_t> final_node{};
    std::map<std::string, DagTarget, std::less<>> names{};  // as this DAG calls them
    std::vector<DagTarget> own{};                           // what ALL_NODES means
    std::vector<std::uint32_t> nodes{};                     // with those of splices
    std::vector<const DagCommand*> later{};                 // of DagFiles
    std::map<std::string, DagDescription> descriptions{};
    std::map<std::int64_t, std::vector<std::uint32_t>> pins_in{};
    std::map<std::int64_t, std::vector<std::uint32_t>> pins_out{};
};

/// What a command about a node does with a sub-DAG, which is no node any more.
enum class Subdag : std::uint8_t {
    as_its_nodes,
    not_possible,  ///< a note says that the command is about all of it
};

/// The graph while it grows: nodes, groups of nodes, edges, and what names stand for.
class DagBuilder {
  public:
    DagBuilder(DraftNotes& notes, Diagnostics& errors) : notes_(notes), errors_(errors) {}

    [[nodiscard]] DagGraph& graph() { return graph_; }
    [[nodiscard]] DagNode& node(std::uint32_t index) { return graph_.nodes[index]; }
    [[nodiscard]] const DagGroup& group(const DagTarget& target) const { return groups_[target.index]; }
    [[nodiscard]] DraftNotes& notes() { return notes_; }
    /// Once, when a DAG that is spliced often has it each time.
    void error(const Place& place, std::string message, std::string hint = {});

    /// By the name that its DAG has for it.
    void add(DagNode node, const std::string& name, DagScope& scope);
    std::uint32_t add_group(DagGroup group);
    /// The nodes of a DAG without a parent in it, and those without a child.
    void ends_of(const DagScope& scope, std::vector<std::uint32_t>& first,
                 std::vector<std::uint32_t>& last) const;
    /// nullptr: there is no such node or splice, which has been reported.
    [[nodiscard]] const DagTarget* find(const DagWord& name, const DagScope& scope);
    /// The nodes that a command with the name of a node speaks of. A splice is none, which is reported.
    [[nodiscard]] std::vector<std::uint32_t> targets(const DagWord& name, const DagCommand& command,
                                                     const DagScope& scope, Subdag subdag);
    /// The ends of what stands in a list of parents or children.
    void add_ends(const DagWord& name, bool as_parent, const DagScope& scope,
                  std::vector<std::uint32_t>& ends);
    /// From each parent to each child. A node that stands in a list several times counts once.
    void add_edges(std::vector<std::uint32_t> parents, std::vector<std::uint32_t> children,
                   const Place& place, bool weak = false);
    void refuse_cycles();

  private:
    [[nodiscard]] std::string suggestion(std::string_view name, const DagScope& scope) const;
    /// Of the same edge twice the stronger one counts.
    void add_edge(std::uint32_t parent, std::uint32_t child, const Place& place, bool weak);

    DraftNotes& notes_;
    Diagnostics& errors_;
    DagGraph graph_;
    std::vector<DagGroup> groups_;
    std::unordered_set<std::uint64_t> edges_;                                              // child, parent
    std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::string>> told_;  // place, error
    bool too_many_ = false;
    bool too_many_nodes_ = false;
};

}  // namespace sbraid

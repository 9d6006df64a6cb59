#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "composed_tasks.hpp"
#include "dependency_expression.hpp"
#include "name_index.hpp"
#include "reader.hpp"

namespace sbraid {

/// Who waits: a task, or a sub-workflow.
struct Waiting {
    std::uint32_t unit = 0;  ///< where its names are looked up
    std::string_view name;   ///< there
    std::optional<TaskIndex> task;
    std::optional<std::uint32_t> sub_workflow;
    bool final = false;
};

/// What it waits for.
struct Needs {
    std::vector<Edge> edges;  ///< in the order of the file; what is said twice, once
    Condition condition;      ///< of all of them
    bool is_complete = true;  ///< false: some of it was wrong, and what is left means something else
};

/// Counts edges, and reports once when there are too many.
class EdgeBudget {
  public:
    explicit EdgeBudget(Reader& reader) : reader_(reader) {}
    /// false: there is no room for so many more.
    [[nodiscard]] bool allows(std::size_t count, const Place& place);
    /// The same, and counts them.
    [[nodiscard]] bool take(std::size_t count, const Place& place);

  private:
    Reader& reader_;
    std::size_t taken_ = 0;
    bool complained_ = false;
};

/// Looks up what is waited for: names, globs, elements and slices, paths into sub-workflows, expressions.
class EdgeLookup {
  public:
    /// What is wrong goes to the reader. All must outlive it, and the names stay as they are.
    EdgeLookup(Reader& reader, const ComposedTasks& all, EdgeBudget& budget);

    /// A task with `singleton` in its expression is told so. An edge to a sub-workflow depends on the edges
    /// of its tasks, which must be there.
    [[nodiscard]] Needs needs_of(const Waiting& child, const NeedsText& texts);

    /// The task whose elements `task` has when it says nothing of its own.
    [[nodiscard]] std::optional<TaskIndex> model_of(TaskIndex task);

  private:
    void wrong(const Place& place, std::string message, std::string hint = {});
    void add_expression(const PlacedText& text, Condition& into);
    /// Adds a part of an expression to the level that it stands in.
    void add_group(const PlacedText& whole, const DependencyExpression& group, Condition& into);
    void add(const EdgeText& text, Condition& into);
    /// Goes down the steps of a path, from `unit` on.
    bool add_path(const TaskReference& reference, std::size_t depth, std::uint32_t unit, const Edge& edge,
                  Condition& into);
    /// Several of one name have succeeded when all have, and failed when one has.
    static Condition part_of(const Edge& edge);
    /// nullopt: there are none, which has been reported.
    [[nodiscard]] std::optional<std::vector<std::uint32_t>> units_of(std::uint32_t sub_workflow,
                                                                     const PathStep& step,
                                                                     const TaskReference& reference,
                                                                     const Edge& edge);
    bool add_named(std::uint32_t unit, const TaskReference& reference, Edge edge, Condition& into);
    bool add_sub_workflow(std::uint32_t sub_workflow, const TaskReference& reference, Edge edge,
                          Condition& into);
    /// The tasks of a sub-workflow that an edge to the whole of it goes to.
    [[nodiscard]] std::vector<std::uint32_t> targets(std::uint32_t unit, EdgeKind kind);
    [[nodiscard]] std::string hint_for(std::uint32_t unit, std::string_view wrong);
    [[nodiscard]] std::string hint_for_sub_workflow(std::uint32_t unit, std::string_view wrong);
    bool add_matches(std::uint32_t unit, const TaskReference& reference, Edge edge, Condition& into);
    /// One edge for each element that is named. Like a whole array, they have succeeded when all have, and
    /// failed when one has. False when there is no going on.
    bool spread(Edge edge, const TaskReference& reference, bool is_explicit, Condition& into);
    bool push(const Edge& edge, bool is_explicit, Condition& into);
    /// The tasks of a unit's own file that a glob matches.
    [[nodiscard]] std::vector<TaskIndex> matches(std::uint32_t unit, std::string_view glob);
    [[nodiscard]] std::string parent_name(const Edge& edge) const;
    void merge();

    Reader& reader_;
    ComposedTasks all_;
    EdgeBudget& budget_;
    NameIndex names_;
    std::vector<bool> is_final_;                        // by TaskIndex
    std::vector<std::optional<SubWorkflowEnds>> ends_;  // by unit; made when somebody waits for it
    Waiting child_;                                     // whose needs are being looked up
    Needs needs_;
    std::vector<bool> is_explicit_;  // parallel to the edges: named, not matched by a glob
};

}  // namespace sbraid

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "needs_text.hpp"
#include "reader.hpp"
#include "sbraid/matrix.hpp"
#include "sbraid/workflow.hpp"
#include "source_files.hpp"
#include "task_reference.hpp"

namespace sbraid {

/// One use of a workflow file: the file itself, or a `[task.NAME]` with `workflow`, once for each combination
/// of its matrix.
struct Unit {
    std::string prefix;              ///< of the names of its tasks: empty, `prep/`, `prep.0/`, `prep/inner/`
    std::uint32_t parent = 0;        ///< unit that names it; of the first: itself
    std::uint32_t sub_workflow = 0;  ///< in Composition::sub_workflows(); of the first: none
    const Document* document = nullptr;  ///< with what it includes
    std::string directory;               ///< absolute, of the file
    std::unique_ptr<Vars> vars;
    NeedsText needs;  ///< what all of it waits for, in names of the parent
    std::map<std::string, std::uint32_t, std::less<>>
        named;  ///< its sub-workflows by name, and their combinations: `prep`, `prep.0`
};

/// A `[task.NAME]` with `workflow`.
struct SubWorkflow {
    const Entry* entry = nullptr;
    std::uint32_t parent = 0;  ///< unit
    std::string name;          ///< `prep`, as its parent calls it
    std::optional<Matrix> matrix;
    std::vector<std::uint32_t> units;    ///< empty: its file is wrong, which has been reported
    std::vector<std::uint32_t> indexes;  ///< of the matrix, parallel to the units
};

/// A workflow as the tree of all files that it is made of.
class Composition {
  public:
    /// Reads the tree; what is wrong goes to `out`. `sources` finds places inside of strings for messages;
    /// nullptr: nobody will see any. All must outlive it.
    Composition(SourceFiles& files, const Sources* sources, const WorkflowContext& context, Diagnostics& out);

    /// The workflow file first, then depth first in the order of the files.
    [[nodiscard]] const std::vector<Unit>& units() const { return units_; }
    [[nodiscard]] const std::vector<SubWorkflow>& sub_workflows() const { return sub_workflows_; }

    /// The sub-workflows of a unit that a step of a path names, in the order of the file: one, or those that
    /// a glob matches.
    [[nodiscard]] std::vector<std::uint32_t> find(std::uint32_t unit, const PathStep& step) const;
    /// The units of a sub-workflow that a step names. `prep.0` names one without brackets. Error: there are
    /// none such.
    [[nodiscard]] Result<std::vector<std::uint32_t>> units_of(std::uint32_t sub_workflow,
                                                              const PathStep& step) const;
    /// The full name of the first task that `text` may mean in a unit; it need not be there.
    [[nodiscard]] std::string full_name(std::uint32_t unit, std::string_view text) const;
    [[nodiscard]] std::vector<std::string> full_names(std::uint32_t unit,
                                                      const std::vector<std::string>& texts) const;

  private:
    struct Use;
    std::uint32_t add_unit(Unit unit, const std::map<std::string, std::string>& given);
    void read_unit(std::uint32_t unit);
    void read_sub_workflow(std::uint32_t unit, const Entry& entry, const Table& table);
    bool read_use(Use& use, std::uint32_t unit, const Entry& entry, const Table& table, Reader& reader);
    void add_units(std::uint32_t sub_workflow, const Use& use, Reader& reader);
    void add_combination(std::uint32_t sub_workflow, const Use& use, std::optional<std::uint32_t> index,
                         Reader& reader);
    [[nodiscard]] std::map<std::string, std::string> values_for(const Use& use, const Document& document,
                                                                std::optional<std::uint32_t> index,
                                                                Reader& reader) const;
    [[nodiscard]] bool is_cycle(std::uint32_t unit, const Document& document, const Place& place,
                                Reader& reader) const;

    SourceFiles& files_;
    const Sources* sources_;
    Diagnostics& out_;
    std::vector<Unit> units_;
    std::vector<SubWorkflow> sub_workflows_;
    std::set<std::string> prefixes_;
    bool complained_ = false;
};

/// Whether a table of [task] is a sub-workflow.
[[nodiscard]] inline bool is_sub_workflow(const Table& task) {
    return task.find("workflow") != nullptr;
}

}  // namespace sbraid

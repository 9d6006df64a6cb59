#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sbraid/array_spec.hpp"
#include "sbraid/attempts.hpp"
#include "sbraid/diagnostic.hpp"
#include "sbraid/document.hpp"
#include "sbraid/edge.hpp"
#include "sbraid/ids.hpp"
#include "sbraid/launch.hpp"
#include "sbraid/matrix.hpp"
#include "sbraid/webhook.hpp"

namespace sbraid {

/// Shell text, given to the task's `shell`.
struct RunText {
    std::string text;
};
/// An existing batch script, frozen as it was when the workflow was read.
struct ScriptFile {
    std::string path;  ///< as in the workflow file
    std::string text;  ///< the whole file
    std::vector<std::string>
        sbatch_lines;  ///< its own `#SBATCH …` options, without the word #SBATCH, in order
    std::vector<std::string> args;
};
/// A program and its arguments, no shell between.
struct Command {
    std::vector<std::string> argv;
};
using Payload = std::variant<RunText, ScriptFile, Command>;

/// A string of the file after {{vars}}, with its place.
struct PlacedText {
    std::string text;
    Place place;
};

/// An edge to another task of the file, or to a job outside it (`job:12345`).
struct Edge {
    EdgeKind kind = EdgeKind::afterok;
    std::variant<TaskIndex, JobId> parent;
    std::optional<std::uint32_t> element;  ///< only this element of the parent's array
    EdgeOrigin origin = EdgeOrigin::named;
    std::chrono::minutes delay{0};  ///< `after` only
    Place place;                    ///< of the name in the list
};

/// What must be met of a task's edges, where that is not simply all of them: a tree whose leaves are edges.
/// Neighbouring levels are joined differently, and no level has a single part, but for the outermost.
struct Condition {
    Join join = Join::all;
    std::vector<std::uint32_t> edges;  ///< indexes into Task::edges
    std::vector<Condition> groups;
};

/// One sbatch option, by its long name without the dashes: {"gres", "gpu:h100:4"}; no value: a flag.
struct SbatchOption {
    std::string name;
    std::optional<std::string> value;
    Place place;
};

/// What becomes of a job whose dependency can never be met.
enum class DeadDependency : std::uint8_t {
    cancel,
    keep,  ///< it stays in the queue for the user to look at: neither Slurm nor sbraid cancels it
};

struct Task {
    std::string name;  ///< of a sub-workflow's: `prep/train`, `prep.0/train`
    Place place;       ///< of the name in its table header
    std::string file;  ///< that of `place`, as Sources call it; empty: the workflow file itself
    Payload payload;
    std::string shell;    ///< for RunText: the command that reads the text, `/bin/bash -eo pipefail`
    std::string setup;    ///< shell text before the payload; defaults' and task's joined; may be empty
    std::string workdir;  ///< absolute
    std::optional<Place> workdir_place;  ///< of `workdir`, or of a script's --chdir; absent: nobody says it
    Launcher launch = Launcher::none;
    Container container;
    std::map<std::string, std::string> env;
    std::vector<PlacedText> inputs;  ///< paths and globs; those of a matrix name its keys by marks (vars.hpp)
    std::vector<PlacedText> outputs;  ///< likewise; `%a`: the number of the element
    std::optional<ArraySpec> array;   ///< also of a matrix: its indexes
    std::optional<Matrix> matrix;
    std::optional<std::uint32_t> limit;  ///< max_parallel of an array that is taken over by aftercorr
    std::vector<Edge> edges;  ///< lists first, then those of `dependency`, in the order of the file
    std::optional<Condition> condition;  ///< absent: all edges
    bool singleton = false;              ///< waits for earlier jobs of its name, too
    bool service = false;                ///< lives until the last task that waits for its start has ended
    bool turnstile = false;  ///< not of the file: runs nothing, its end says that many have ended ([limits])
    bool final = false;      ///< of [final]: waits for the end of every task that is not
    std::vector<SbatchOption>
        options;  ///< defaults and task merged; sorted by name; no dependency, array, hold
    Attempts attempts;
    std::optional<std::chrono::seconds> expect;  ///< how long it will run, as the user thinks
    std::string category;                        ///< whose limit it counts against; may be empty
    Place category_place;
    bool hold = false;                                 ///< the user's own `hold = true`: we never release it
    std::optional<DeadDependency> on_dead_dependency;  ///< absent: as the site has it

    [[nodiscard]] const SbatchOption* option(std::string_view option_name) const;
};

/// A workflow file that is a part of another. Its tasks are called `NAME/TASK`; where it has a matrix, they
/// are there for each combination as `NAME.INDEX/TASK`.
struct SubWorkflowName {
    std::string name;  ///< `prep`, or `prep/inner` and `prep.0/inner` inside another
    std::optional<Matrix> matrix;
    friend bool operator==(const SubWorkflowName&, const SubWorkflowName&) = default;
};

/// A workflow that is known to be right: names exist, no cycle, every value has been checked. Only validate()
/// makes one, and without() a smaller one of it.
class Workflow {
  public:
    [[nodiscard]] const std::string& name() const { return name_; }
    /// In file order; turnstiles last.
    [[nodiscard]] const std::vector<Task>& tasks() const { return tasks_; }
    [[nodiscard]] const Task& task(TaskIndex index) const { return tasks_.at(index.value); }
    [[nodiscard]] const std::vector<SubWorkflowName>& sub_workflows() const { return sub_workflows_; }
    /// Of [notify]; a `file:` address is absolute.
    [[nodiscard]] const std::optional<Webhook>& webhook() const { return webhook_; }
    /// Parents before children; among the ready ones, file order.
    [[nodiscard]] const std::vector<TaskIndex>& topological_order() const { return order_; }

  private:
    friend class Validator;
    friend Workflow without(Workflow, const std::vector<bool>&);
    Workflow() = default;
    std::string name_;
    std::vector<Task> tasks_;
    std::vector<TaskIndex> order_;
    std::vector<SubWorkflowName> sub_workflows_;
    std::optional<Webhook> webhook_;
};

/// A choice from outside of the file that wins over what a task says, and is checked like that.
struct Override {
    std::string shown;  ///< how the user gave it, `--set train.time`: the name of its text in messages
    std::string task;   ///< of which, by its full name; empty: of all
    std::string key;    ///< an option of sbatch about the job, as in the file
    std::string value;  ///< a TOML value; what is none is a string
};

/// What validate() must know of the world outside the text. Values only: the caller has read them.
struct WorkflowContext {
    std::string directory;                    ///< absolute; of the workflow file; relative paths start here
    std::map<std::string, std::string> vars;  ///< -D name=value
    std::map<std::string, std::string>
        files;  ///< texts of the files that referenced_files() names; absent: unreadable
    std::vector<Override> overrides{};
};

/// The files that the workflow is made of besides its own: those that it includes, sub-workflows, and batch
/// scripts
/// (`script = …`), as paths from the directory of the workflow, or absolute. Files name files: the caller
/// reads what is new into the context and asks again, until nothing is; then validate() has all that it
/// needs.
[[nodiscard]] std::vector<std::string> referenced_files(const Sources& sources, const Document& document,
                                                        const WorkflowContext& context);

struct Validated {
    std::optional<Workflow> workflow;    ///< absent when there is an error
    Diagnostics diagnostics;             ///< errors and warnings, sorted by place
    std::vector<std::uint32_t> parts{};  ///< texts in the sources that are workflow files, besides the first
};
/// Document -> Workflow. All errors of the file at once. `sources` gets the referenced files added, so that
/// an error inside one of them has its place.
[[nodiscard]] Validated validate(Sources& sources, const Document& document, const WorkflowContext& context);

}  // namespace sbraid
